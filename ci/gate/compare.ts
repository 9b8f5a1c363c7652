// Pair after pair until the rule decides, the cap is reached, or the machine shows that it cannot measure.
import path from 'node:path';
import type { Progress } from '../../cli/progress.ts';
import type { Limits } from '../../loadtests/workload/limits.ts';
import type { Plan } from '../../loadtests/workload/plan.ts';
import type { Arm } from './arms.ts';
import { type Decision, decide, percent, type Rule, type Verdict } from './decide.ts';
import { REPEATS } from './defaults.ts';
import { METRICS, type Pair } from './metrics.ts';
import { carryOutPair } from './pair.ts';
import { logRatio, mean, standardDeviation, toRatio } from './statistics.ts';
import type { Turn } from './turn.ts';

export interface Comparison {
  verdict: Verdict;
  why: string[];
  effects: Decision['effects'];
  pairs: Pair[];
  turns: { base: Turn[]; head: Turn[] };
  /** Pairs that were repeated, each with the reason. */
  repeated: string[];
}

/** What every turn of a gate has in common. */
export interface Load {
  /** A plan of its own for every attempt: what the last one has created exists already. */
  planOf(attempt: number): Plan;
  /** Path of the k6 program. */
  k6: string;
  limits: Limits;
  /** For plans, samples and the logs of the arms' processes. */
  dir: string;
  progress: Progress;
  signal: AbortSignal;
}

export interface CompareOptions extends Load {
  arms: { base: Arm; head: Arm };
  rule: Rule;
  /** Told after every pair, for what must survive an interruption. */
  onPair(pairs: readonly Pair[]): Promise<void>;
}

/**
 * Carries out the comparison. A pair that cannot be trusted (a generator not VALID, a base that fails its requests) is
 * repeated, REPEATS times in all; then the verdict is INVALID.
 */
export async function compare(options: CompareOptions): Promise<Comparison> {
  const { rule, progress } = options;
  const pairs: Pair[] = [];
  const turns: Comparison['turns'] = { base: [], head: [] };
  const repeated: string[] = [];
  await rehearse(options);
  for (;;) {
    options.signal.throwIfAborted();
    const attempt = 1 + pairs.length + repeated.length;
    const label = `pair ${pairs.length + 1} of at most ${rule.pairCap}`;
    progress.tick(`${label}: starting both arms`);
    const done = await carryOutPair({
      ...options,
      index: pairs.length,
      plan: options.planOf(attempt),
      dir: path.join(options.dir, `attempt-${attempt}`),
      onProgress: (count, planned) => progress.tick(`${label}: ${count} of ${planned} requests an arm`),
    });
    if (done.invalid.length > 0) {
      repeated.push(`pair ${pairs.length + 1}: ${done.invalid.join('; ')}`);
      progress.note(
        `${label} INVALID, ${repeated.length > REPEATS ? 'given up' : 'repeated'}: ${done.invalid.join('; ')}`,
      );
      if (repeated.length <= REPEATS) continue;
      const why = [`${repeated.length} pairs could not be trusted`, ...repeated];
      return { verdict: 'INVALID', why, effects: decide(pairs, rule).effects, pairs, turns, repeated };
    }
    pairs.push(done.pair);
    for (const name of ['base', 'head'] as const) turns[name].push(done[name]);
    await options.onPair(pairs);
    progress.note(`${label}: ${soFar(pairs)}`);
    const { verdict, why, effects } = decide(pairs, rule);
    if (verdict) return { verdict, why, effects, pairs, turns, repeated };
  }
}

/**
 * The warm-up of a plan, not counted: the first load after seeding meets databases that grow their files and gather their
 * first statistics, one arm a little before the other, and its p95 differed by 15 % between equal builds.
 */
async function rehearse(options: CompareOptions): Promise<void> {
  const plan = options.planOf(0);
  const arrivals = plan.arrivals.filter(({ atMs }) => atMs < plan.warmUpMs);
  await carryOutPair({
    ...options,
    index: 0,
    plan: { ...plan, durationMs: plan.warmUpMs, arrivals },
    dir: path.join(options.dir, 'rehearsal'),
    onProgress: (count, planned) => options.progress.tick(`rehearsal: ${count} of ${planned} requests an arm`),
  });
}

/** "response p95 +2.1 % ± 3.4, CPU per request ...": mean and standard error of the pairs so far, no basis for a verdict. */
function soFar(pairs: readonly Pair[]): string {
  return METRICS.filter((metric) => metric.primary)
    .map((metric) => {
      const logs = pairs.map((pair) => logRatio(metric.of(pair.base), metric.of(pair.head)));
      const error =
        logs.length > 1 ? ` ± ${((standardDeviation(logs) / Math.sqrt(logs.length)) * 100).toFixed(1)}` : '';
      return `${metric.label} ${percent(toRatio(mean(logs)))}${error}`;
    })
    .join(', ');
}
