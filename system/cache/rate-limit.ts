// Rate limits, counted in Redis over all instances. In: kind and subject. Out: allowed or not, mostly without waiting.
//
// An instance lets a subject pass on credit, a twentieth of the limit, and reports what passed shortly afterwards, many subjects
// in one go. Where the credit is used up or the limit near, and always for small limits, it asks first. So in any 60 s a subject
// never passes more often than the limit plus one credit per further instance (100/min on two instances: at most 105), and
// what passed is forgotten after 60 to 61 s. While Redis does not answer, each instance holds the limit by itself.
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Guard } from './guard.ts';
import { countAndGrant } from './limit-script.ts';

const LIMIT_KINDS = ['general', 'signIn', 'verification'] as const;
export type LimitKind = (typeof LIMIT_KINDS)[number];

export interface Decision {
  allowed: boolean;
  /** When it makes sense to come again; 0 when allowed. */
  retryAfterSeconds: number;
}

export interface RateLimiter {
  take(kind: LimitKind, subject: string): Decision | Promise<Decision>;
}

const CREDIT_RATIO = 0.05;
const REPORT_EVERY_MS = 250;
/** In a cluster subjects are spread over this many slots; those of one slot are reported by one command … */
const SLOTS = 8;
/** … of at most this many, so that Redis is not kept from others for long. */
const MOST_AT_ONCE = 100;
const WINDOW_MS = 60_000;
/** Subjects remembered per kind: about those who are active within a minute. */
const MOST_SUBJECTS = 50_000;
const ALLOWED: Decision = { allowed: true, retryAfterSeconds: 0 };

interface Subject {
  kind: LimitKind;
  slot: number;
  key: string;
  /** Over all instances, as Redis said last. */
  used: number;
  /** Passed on credit: not reported yet, and reported without an answer yet. */
  unreported: number;
  reported: number;
  /** Callers who wait for Redis to say yes or no; undefined when it does not answer. */
  waiting: ((granted: boolean | undefined) => void)[];
  /** Until then Redis has said no. */
  refusedUntilMs: number;
  /** What this instance let pass since then: its own limit while Redis is away. */
  windowBeganMs: number;
  passedHere: number;
}

/** @param parts.limits per minute and subject */
export function createRateLimiter(parts: {
  redis: Guard;
  metrics: Pick<Metrics, 'rateLimitDecisionsTotal'>;
  clock: Pick<Clock, 'monotonicMs'>;
  limits: Record<LimitKind, number>;
}): RateLimiter {
  const { redis, metrics, clock, limits } = parts;
  const byKind = <T>(make: (kind: LimitKind) => T) =>
    Object.fromEntries(LIMIT_KINDS.map((kind) => [kind, make(kind)])) as Record<LimitKind, T>;
  const subjects = byKind(() => new LRUCache<string, Subject>({ max: MOST_SUBJECTS }));
  const credits = byKind((kind) => Math.floor(limits[kind] * CREDIT_RATIO));
  const counts = byKind((kind) => ({
    allowed: metrics.rateLimitDecisionsTotal.labels(kind, 'allowed', 'redis'),
    refused: metrics.rateLimitDecisionsTotal.labels(kind, 'refused', 'redis'),
    allowedHere: metrics.rateLimitDecisionsTotal.labels(kind, 'allowed', 'process'),
    refusedHere: metrics.rateLimitDecisionsTotal.labels(kind, 'refused', 'process'),
  }));
  const slots = redis.client.isCluster ? SLOTS : 1;
  const toReport = new Set<Subject>();
  let soon: NodeJS.Timeout | undefined;
  let now: NodeJS.Immediate | undefined;

  function find(kind: LimitKind, name: string): Subject {
    const known = subjects[kind].get(name);
    if (known) return known;
    const slot = slotOf(name, slots);
    const subject: Subject = {
      kind,
      slot,
      key: `limit:{${slot}}:${kind}:${name}`,
      used: 0,
      unreported: 0,
      reported: 0,
      waiting: [],
      refusedUntilMs: 0,
      windowBeganMs: 0,
      passedHere: 0,
    };
    subjects[kind].set(name, subject);
    return subject;
  }

  function passedHere(subject: Subject): number {
    const nowMs = clock.monotonicMs();
    if (nowMs - subject.windowBeganMs >= WINDOW_MS) {
      subject.windowBeganMs = nowMs;
      subject.passedHere = 0;
    }
    return subject.passedHere;
  }

  function passes(subject: Subject): Decision {
    subject.passedHere++;
    return ALLOWED;
  }

  const refusal = (untilMs: number): Decision => ({
    allowed: false,
    retryAfterSeconds: Math.max(1, Math.ceil((untilMs - clock.monotonicMs()) / 1000)),
  });

  /** What this instance has let pass decides: Redis has not answered. */
  function decideHere(subject: Subject): Decision {
    const isFull = passedHere(subject) >= limits[subject.kind];
    counts[subject.kind][isFull ? 'refusedHere' : 'allowedHere'].inc();
    return isFull ? refusal(subject.windowBeganMs + WINDOW_MS) : passes(subject);
  }

  function askFirst(subject: Subject): Promise<Decision> {
    toReport.add(subject);
    now ??= setImmediate(reportAll);
    const { kind, waiting } = subject;
    return new Promise((resolve) => {
      waiting.push((granted) => {
        if (granted === undefined) return resolve(decideHere(subject));
        counts[kind][granted ? 'allowed' : 'refused'].inc();
        resolve(granted ? passes(subject) : refusal(subject.refusedUntilMs));
      });
    });
  }

  /** Subjects of one slot, in one go. */
  async function report(subjects: Subject[]): Promise<void> {
    const reports = subjects.map((subject) => {
      const { unreported, waiting } = subject;
      subject.reported += unreported;
      [subject.unreported, subject.waiting] = [0, []];
      return { subject, unreported, waiting };
    });
    const keys = subjects.map(({ key }) => key);
    const figures = reports.flatMap(({ subject, unreported, waiting }) => [
      limits[subject.kind],
      unreported,
      waiting.length,
    ]);
    const answer = await redis.ask((client) => countAndGrant(client, keys, ...figures)).catch(() => undefined);
    const nowMs = clock.monotonicMs();
    for (const [i, { subject, unreported, waiting }] of reports.entries()) {
      subject.reported -= unreported;
      if (!answer) {
        for (const hear of waiting) hear(undefined);
        continue;
      }
      const [used, granted, retryAfterSeconds] = answer.slice(3 * i, 3 * i + 3) as [number, number, number];
      subject.used = used;
      if (retryAfterSeconds > 0) subject.refusedUntilMs = nowMs + retryAfterSeconds * 1000;
      for (const [place, hear] of waiting.entries()) hear(place < granted);
    }
  }

  function reportAll(): void {
    clearTimeout(soon);
    clearImmediate(now);
    [soon, now] = [undefined, undefined];
    const bySlot = Map.groupBy(toReport, ({ slot }) => slot);
    toReport.clear();
    for (const subjects of bySlot.values()) {
      for (let i = 0; i < subjects.length; i += MOST_AT_ONCE) void report(subjects.slice(i, i + MOST_AT_ONCE));
    }
  }

  return {
    take(kind, name) {
      const subject = find(kind, name);
      if (clock.monotonicMs() < subject.refusedUntilMs) {
        counts[kind].refused.inc();
        return refusal(subject.refusedUntilMs);
      }
      const onCredit = subject.unreported + subject.reported;
      const known = Math.max(subject.used + onCredit, passedHere(subject));
      if (onCredit >= credits[kind] || known >= limits[kind]) return askFirst(subject);
      subject.unreported++;
      toReport.add(subject);
      soon ??= setTimeout(reportAll, REPORT_EVERY_MS).unref();
      counts[kind].allowed.inc();
      return passes(subject);
    },
  };
}

function slotOf(name: string, slots: number): number {
  let sum = 0;
  for (let i = 0; i < name.length; i++) sum += name.charCodeAt(i);
  return sum % slots;
}
