// The levels of a saturation run as text: the highest rate first, then a line a level. And whether the figures may be believed.
import { table } from '../../cli/table.ts';
import { ms } from '../run/cells.ts';
import type { Reason } from '../run/validity.ts';
import type { Level } from './saturate.ts';

/** A level with the CPU of the target beside it (ms, by process; empty when it is not ours). */
export interface MeasuredLevel extends Level {
  targetCpuMs: Record<string, number>;
}

/** One thread generates: near a whole core it is the generator that is measured. */
const GENERATOR_CORE_SHARE = 0.9;
/** A level with more errors than this does not count as a rate that the service can serve. */
const ERROR_SHARE = 0.005;

/** A process that uses this much of a core is the limit. */
const FULL_CORE = 0.85;

const errorShare = (level: Level) => level.errors / Math.max(1, level.service.count);
const generatorShare = (level: Level) => level.generatorCpuMs / level.wallMs;

/** The level with the highest rate among those that served; undefined when none did. */
export function bestOf(levels: MeasuredLevel[]): MeasuredLevel | undefined {
  const served = levels.filter((level) => errorShare(level) <= ERROR_SHARE && level.ratePerSecond > 0);
  return served.sort((a, b) => b.ratePerSecond - a.ratePerSecond)[0];
}

/** Why the highest rate may not be believed; empty when it may. */
export function doubts(best: MeasuredLevel | undefined): Reason[] {
  if (best === undefined) {
    const advice = 'look at the statuses in the result, and at the logs of the service';
    return [{ code: 'target.failing', message: 'no level was served with at most 0.5 % errors', advice }];
  }
  const share = generatorShare(best);
  if (share <= GENERATOR_CORE_SHARE) return [];
  const message = `the generator used ${(share * 100).toFixed(0)} % of its one core: the rate is its own limit`;
  return [{ code: 'generator.cpu', message, advice: 'take the rate as a lower bound, or use a faster machine for it' }];
}

/** Said beside a rate that nobody's CPU explains: the target is one thread and should fill its core. */
function unexplained(best: MeasuredLevel | undefined): string[] {
  const busiest = Math.max(0, ...Object.values(best?.targetCpuMs ?? {})) / (best?.wallMs ?? 1);
  if (busiest === 0 || busiest >= FULL_CORE) return [];
  return [
    `  note: no process used more than ${busiest.toFixed(2)} cores: more connections, or fewer neighbours on this machine, may give a higher rate`,
  ];
}

/** @param files the folder of the run and the line to try next */
export function saturationText(
  endpoint: string,
  levels: MeasuredLevel[],
  files: { dir: string; next: string },
): string {
  const best = bestOf(levels);
  const reasons = doubts(best);
  const rows = levels.map((level) => [
    `${level.connections}`,
    level.ratePerSecond.toFixed(0),
    `${level.errors}`,
    ...[0.5, 0.95, 0.99].map((q) => ms(level.service, q)),
    generatorShare(level).toFixed(2),
    cores(level, level.targetCpuMs),
  ]);
  const head = best
    ? `${endpoint}: at most ${best.ratePerSecond.toFixed(0)} requests/s, with ${best.connections} connections, service p50 ${ms(best.service, 0.5)} ms, p95 ${ms(best.service, 0.95)} ms`
    : `${endpoint}: no rate was served`;
  return [
    `${reasons.length === 0 ? 'VALID' : 'INVALID'}: ${head}`,
    ...reasons.map(({ message, advice }) => `  ${message}\n  hint: ${advice}`),
    ...unexplained(best),
    '',
    table(['connections', 'rate/s', 'errors', 'service p50', 'p95', 'p99', 'generator cores', 'target cores'], rows),
    'closed loop: each connection waits for its answer, so these are service times; times in ms',
    '',
    `result: ${files.dir}/result.json`,
    `next: ${files.next}`,
  ].join('\n');
}

const cores = (level: Level, cpuMs: Record<string, number>) =>
  Object.entries(cpuMs)
    .map(([name, used]) => `${name} ${(used / level.wallMs).toFixed(2)}`)
    .join(', ') || 'unknown';
