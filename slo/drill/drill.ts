// One burn alert drilled: monitoring on a healthy history, a fault put in, the webhook awaited, the fault taken out, its end awaited.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '../../cli/progress.ts';
import { alertLabels } from '../compile/alerts.ts';
import type { Objective } from '../objectives/read.ts';
import type { BurnTier } from '../objectives/schema.ts';
import type { Client } from '../source/client.ts';
import { notQuiet } from './failures.ts';
import type { Past } from './history.ts';
import { type Monitoring, startMonitoring, type Targets } from './monitoring.ts';
import { endsAt, firesAt, nextOf, type Steady } from './predict.ts';
import type { DrillResult } from './result.ts';
import { waitsOf } from './routes.ts';
import { scaleDuration } from './scale.ts';
import { type About, awaitTold, othersPaged, told } from './seen.ts';

/** What is done to make a burn alert fire. */
export interface Exercise {
  objective: Objective;
  /** Name of the fault, and what it is. */
  fault: string;
  what: string;
  /** Share of the objective's events that are bad while it lasts. */
  badShare: number;
  /** From the injection until the first bad event is counted. */
  delaySeconds: number;
  /** Who counts them: the label `instance` of what is scraped. */
  instance: string;
  /** Of the objective, on the healthy system; of slices none are counted. */
  eventsPerSecond: number;
  inject(): Promise<Hurt>;
}

export interface Hurt {
  end(): Promise<void>;
}

/** Instants of a drill at which a runbook's queries can be asked, in seconds since 1970. */
export interface Moments {
  /** Before the fault; a fault that is there from the beginning has none. */
  healthy?: number;
  fault: number;
  /** After its end, where that is asked about. */
  after?: number;
}

export interface DrillOptions {
  objectives: Objective[];
  targets: Targets;
  past: Past[];
  scale: number;
  /** Longest time for which the fault is held after the page: do slower tiers tell a second time? */
  holdSeconds: number;
  dir: string;
  /** Seconds since 1970. */
  now: () => number;
  progress: Progress;
  signal: AbortSignal;
  /** Called while Prometheus still answers. */
  onMoments?(client: Client, moments: Moments): Promise<void>;
}

/** Live samples before the fault: the short windows begin to know the present. */
const SETTLE_SECONDS = 8;
/** Beyond a prediction: then it is not coming. */
export const PATIENCE_SECONDS = 40;
/** After the last tier has fired: what it would tell has come by then. */
export const LISTEN_SECONDS = 2;

/** Everything that was started or hurt has ended when this resolves or rejects. */
export async function drill(exercise: Exercise, options: DrillOptions): Promise<DrillResult> {
  const { objective } = exercise;
  const { scale, now, progress, signal } = options;
  const monitoring = await startMonitoring(options);
  let hurt: Hurt | undefined;
  const mend = async () => {
    const mending = hurt;
    hurt = undefined;
    await mending?.end();
  };
  try {
    const evaluation = await monitoring.evaluations(`slo-${objective.name}`);
    await pause(SETTLE_SECONDS, signal);
    await mustBeQuiet(monitoring);
    const healthy = now();
    const scrape = await monitoring.scrapes(exercise.instance);
    const startSeconds = now();
    hurt = await exercise.inject();
    const steady: Steady = {
      ...exercise,
      scale,
      monthDays: daysOfMonth(startSeconds),
      startSeconds,
      scrape,
      evaluation,
    };
    const about = { alert: objective.alert, slo: objective.name, sinceSeconds: startSeconds };
    const forecast = forecastOf(steady, options.objectives);
    const first = forecast[0];
    progress.note(
      `${exercise.fault} is in; the page is predicted after ${first ? after(first.toldAt, steady) : 'ever'}`,
    );

    const page = await awaitTold(
      monitoring.webhook,
      { ...about, status: 'firing', deadlineSeconds: (first?.toldAt ?? now()) + PATIENCE_SECONDS },
      options,
    );
    if (page) {
      progress.note(`paged after ${after(page.atSeconds, steady)}; held on to see whether slower tiers tell again`);
      await hold(forecast, page.atSeconds, options);
    }
    const firing = (await monitoring.firing()).filter(({ slo }) => slo === objective.name);
    const seen = await seenOf(monitoring, objective, scale, now());
    const fault = now();
    await mend();
    const endSeconds = now();
    const tier = page && objective.policy.find(({ long }) => page.alerts.some(({ labels }) => labels.tier === long));
    const end = tier && resolvedAt(steady, tier, endSeconds, page.atSeconds, options.objectives);
    const resolved =
      end === undefined
        ? undefined
        : await awaitTold(
            monitoring.webhook,
            { ...about, status: 'resolved', tier: tier!.long, deadlineSeconds: end + PATIENCE_SECONDS },
            options,
          );
    progress.note(resolved ? `told of its end ${after(resolved.atSeconds, steady)}` : 'was not told of its end');
    await options.onMoments?.(monitoring.client, { healthy, fault, after: now() });
    // Slower tiers fire on: once more each group has the time to tell.
    if (resolved) await pause((first?.waits.groupIntervalSeconds ?? 0) + LISTEN_SECONDS, signal);
    const relative = (seconds: number | undefined) => (seconds === undefined ? null : round(seconds - startSeconds));
    return {
      alert: objective.alert,
      slo: objective.name,
      fault: exercise.fault,
      what: exercise.what,
      startedAt: new Date(startSeconds * 1000).toISOString(),
      scale,
      badShare: exercise.badShare,
      eventsPerSecond: objective.source.kind === 'slices' ? null : round(exercise.eventsPerSecond),
      seen,
      predicted: {
        firesAfter: relative(first?.firesAt),
        pageAfter: relative(first?.toldAt),
        resolvedAfter: relative(end),
      },
      actual: { pageAfter: relative(page?.atSeconds), resolvedAfter: relative(resolved?.atSeconds) },
      onCallMinutes: first ? round(((first.toldAt - startSeconds - exercise.delaySeconds) * scale) / 60) : null,
      toleranceSeconds: round(evaluation.everySeconds + (first?.waits.groupWaitSeconds ?? 0)),
      heldSeconds: round(endSeconds - startSeconds),
      tiers: firing.flatMap(({ tier: long }) => long ?? []).sort(byPolicy(objective)),
      ...counted(monitoring, about, fault, now()),
    };
  } finally {
    await mend();
    await monitoring.stop();
  }
}

interface Forecast {
  tier: BurnTier;
  firesAt: number;
  toldAt: number;
  waits: ReturnType<typeof waitsOf>;
}

/** Every tier that this fault makes fire, in the order in which they would tell if none held another back. */
function forecastOf(steady: Steady, objectives: Objective[]): Forecast[] {
  const { objective, scale } = steady;
  return objective.policy
    .flatMap((tier) => {
      const seconds = firesAt(steady, tier);
      const waits = waitsOf(objectives, alertLabels(objective, tier), scale);
      return seconds === undefined ? [] : [{ tier, firesAt: seconds, toldAt: seconds + waits.groupWaitSeconds, waits }];
    })
    .sort((a, b) => a.toldAt - b.toldAt);
}

/** Until every tier that would tell has had the time to, but not longer than asked for. */
async function hold(
  forecast: Forecast[],
  pageSeconds: number,
  { holdSeconds, now, signal }: DrillOptions,
): Promise<void> {
  // A tier that joins a group that has told already is told at the group's next turn.
  const last = Math.max(
    pageSeconds,
    ...forecast.map(({ firesAt, toldAt, waits, tier }) =>
      tier.notify === forecast[0]!.tier.notify ? turnAfter(firesAt, pageSeconds, waits.groupIntervalSeconds) : toldAt,
    ),
  );
  const until = Math.min(last + LISTEN_SECONDS, pageSeconds + holdSeconds);
  await pause(until - now(), signal);
}

/** A group tells at its first notification and then every group interval. */
const turnAfter = (seconds: number, firstSeconds: number, everySeconds: number) =>
  nextOf({ atSeconds: firstSeconds, everySeconds }, Math.max(seconds, firstSeconds));

function resolvedAt(
  steady: Steady,
  tier: BurnTier,
  endSeconds: number,
  pageSeconds: number,
  objectives: Objective[],
): number {
  const { groupIntervalSeconds } = waitsOf(objectives, alertLabels(steady.objective, tier), steady.scale);
  return turnAfter(endsAt(steady, tier, endSeconds), pageSeconds, groupIntervalSeconds);
}

/** What the rules themselves say of the short window, while the fault lasts. */
async function seenOf(
  { client }: Monitoring,
  { name, source }: Objective,
  scale: number,
  atSeconds: number,
): Promise<DrillResult['seen']> {
  const short = scaleDuration('5m', scale);
  const ask = async (query: string) => {
    const [series] = await client.instant(query, atSeconds, { nan: 'leave-out' });
    return series?.samples[0] === undefined ? null : round(series.samples[0][1]);
  };
  return {
    badShare: await ask(`slo:sli_error:ratio_rate${short}{slo="${name}"}`),
    eventsPerSecond: source.kind === 'slices' ? null : await ask(`sum(rate(${source.total}[${short}]))`),
  };
}

/** A drill on a system that burns already would time something else. */
export async function mustBeQuiet(monitoring: Monitoring): Promise<void> {
  const firing = await monitoring.firing();
  if (firing.length > 0) throw notQuiet(firing.map(({ alertname, slo }) => `${alertname} of ${slo}`));
}

export function counted(
  { webhook }: Monitoring,
  about: About,
  faultSeconds: number,
  untilSeconds: number,
): Pick<DrillResult, 'notifications' | 'afterwards' | 'alsoPaged'> {
  const during = told(webhook, about, faultSeconds).length;
  return {
    notifications: during,
    afterwards: told(webhook, about, untilSeconds).length - during,
    alsoPaged: othersPaged(webhook, about, untilSeconds),
  };
}

const after = (seconds: number, { startSeconds }: Pick<Steady, 'startSeconds'>) =>
  `${(seconds - startSeconds).toFixed(1)} s`;

/** Ends at once when the signal aborts. */
export const pause = (seconds: number, signal: AbortSignal) =>
  sleep(Math.max(0, seconds) * 1000, undefined, { signal });

export const round = (value: number) => Math.round(value * 100) / 100;

const byPolicy =
  ({ policy }: Objective) =>
  (a: string, b: string) =>
    policy.findIndex(({ long }) => long === a) - policy.findIndex(({ long }) => long === b);

/** Days of the month (UTC) of an instant. */
function daysOfMonth(seconds: number): number {
  const at = new Date(seconds * 1000);
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate();
}
