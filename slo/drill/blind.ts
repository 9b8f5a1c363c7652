// ObjectiveBlind drilled: a Prometheus that does not scrape a job, or scrapes it without a bucket; the ticket awaited, then the right
// configuration given back and the end awaited.
import { BLIND_ALERT, type BlindReason, jobOf, PARTIAL_FOR } from '../compile/absence.ts';
import type { Objective } from '../objectives/read.ts';
import { counted, type DrillOptions, PATIENCE_SECONDS, pause, round } from './drill.ts';
import { startMonitoring, type Targets } from './monitoring.ts';
import { nextOf } from './predict.ts';
import type { DrillResult } from './result.ts';
import { waitsOf } from './routes.ts';
import { durationMs } from './scale.ts';
import { awaitTold } from './seen.ts';

export interface BlindFault {
  name: string;
  what: string;
  reason: Extract<BlindReason, 'never_scraped' | 'no_bucket'>;
  /** Of a job, which objective its alert names; of a bucket, whose it is. */
  objective(objectives: Objective[]): Objective;
  /** What is scraped instead of all of it. */
  targets(right: Targets): Targets;
}

const JOB = 'worker';
/** A job that is never scraped is missed after this long (slo/compile/absence.ts). */
const NEVER_SCRAPED_AFTER = '10m';

/**
 * After a reload Prometheus 2 knows no Alertmanager for up to 5 s, and what it tells meanwhile is lost until it tells again: on call
 * after a minute.
 */
const RESEND = '5s';

export const BLIND_FAULTS: BlindFault[] = [
  {
    name: 'worker-unscraped',
    what: 'Prometheus has the API but no worker among its targets',
    reason: 'never_scraped',
    objective: (objectives) => objectives.find((one) => jobOf(one) === JOB)!,
    targets: ({ jobs: { [JOB]: _, ...jobs } }) => ({ jobs }),
  },
  {
    name: 'bucket-missing',
    what: 'a build of the API exports its histograms without the bucket of 0.3 s',
    reason: 'no_bucket',
    objective: (objectives) => objectives.find(({ name }) => name === 'latency')!,
    targets: (right) => ({ ...right, withoutBucket: { api: '0.3' } }),
  },
];

/** Everything that was started has ended when this resolves or rejects. */
export async function drillBlind(fault: BlindFault, options: Omit<DrillOptions, 'past'>): Promise<DrillResult> {
  const { objectives, targets, scale, now, progress, signal } = options;
  const objective = fault.objective(objectives);
  const scaledSeconds = (text: string) => durationMs(text) / 1000 / scale;
  const monitoring = await startMonitoring({ ...options, targets: fault.targets(targets), resend: RESEND });
  try {
    const evaluation = await monitoring.evaluations('slo-blind');
    // That Prometheus has run so long is known from what the objective's own group has recorded.
    const recorded = await monitoring.evaluations(`slo-${objective.name}`);
    const startSeconds = Math.min(evaluation.atSeconds, recorded.atSeconds);
    const firesAt =
      fault.reason === 'never_scraped'
        ? nextOf(evaluation, recorded.atSeconds + scaledSeconds(NEVER_SCRAPED_AFTER))
        : nextOf(evaluation, nextOf(evaluation, startSeconds) + scaledSeconds(PARTIAL_FOR));
    const about = { alert: BLIND_ALERT, slo: objective.name, sinceSeconds: startSeconds };
    const waits = waitsOf(objectives, { notify: 'ticket' }, scale);
    const toldAt = firesAt + waits.groupWaitSeconds;
    progress.note(`the ticket is predicted after ${(toldAt - startSeconds).toFixed(1)} s`);
    const ticket = await awaitTold(
      monitoring.webhook,
      { ...about, status: 'firing', deadlineSeconds: toldAt + PATIENCE_SECONDS },
      options,
    );
    // Long enough for the group to tell again, if it would.
    await pause(ticket ? waits.groupIntervalSeconds : 0, signal);
    const faultSeconds = now();
    await monitoring.rescrape(targets);
    const endSeconds = now();
    // Seen at the evaluation after the next scrape.
    const goodAt = nextOf(evaluation, endSeconds + 1);
    const told = ticket && nextOf({ atSeconds: ticket.atSeconds, everySeconds: waits.groupIntervalSeconds }, goodAt);
    const resolved =
      told === undefined
        ? undefined
        : await awaitTold(
            monitoring.webhook,
            { ...about, status: 'resolved', deadlineSeconds: told + PATIENCE_SECONDS },
            options,
          );
    await options.onMoments?.(monitoring.client, { fault: faultSeconds, after: now() });
    const relative = (seconds: number | undefined) => (seconds === undefined ? null : round(seconds - startSeconds));
    return {
      alert: BLIND_ALERT,
      slo: objective.name,
      fault: fault.name,
      what: fault.what,
      startedAt: new Date(startSeconds * 1000).toISOString(),
      scale,
      badShare: 1,
      eventsPerSecond: null,
      seen: { badShare: null, eventsPerSecond: null },
      predicted: { firesAfter: relative(firesAt), pageAfter: relative(toldAt), resolvedAfter: relative(told) },
      actual: { pageAfter: relative(ticket?.atSeconds), resolvedAfter: relative(resolved?.atSeconds) },
      onCallMinutes: round(((toldAt - startSeconds) * scale) / 60),
      toleranceSeconds: round(evaluation.everySeconds + waits.groupWaitSeconds),
      heldSeconds: round(endSeconds - startSeconds),
      tiers: [],
      ...counted(monitoring, about, faultSeconds, now()),
    };
  } finally {
    await monitoring.stop();
  }
}
