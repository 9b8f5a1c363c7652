// Made-up pairs with chosen effects, and a seeded source of standard normal numbers, for tests of the rule and the reports.
import type { ArmTurn, Pair } from '../metrics.ts';

/** True log ratios of head against base. `typical` moves p50, the geometric mean and the one step; 0 when left out. */
export interface LogEffects {
  p95: number;
  cpu: number;
  typical?: number;
  allocation?: number;
}

/** A pair of 900 requests an arm whose head differs from the base by the given log ratios. */
export function madePair(index: number, log: LogEffects): Pair {
  const turn = ({ p95, cpu, typical = 0, allocation = 0 }: LogEffects): ArmTurn => ({
    planned: 900,
    answered: 900,
    errors: 0,
    responseP50Ms: 5 * Math.exp(typical),
    responseP75Ms: 7 * Math.exp(typical),
    responseP90Ms: 10 * Math.exp(p95),
    responseP95Ms: 12 * Math.exp(p95),
    responseP99Ms: 20 * Math.exp(p95),
    responseTypicalMs: 5.5 * Math.exp(typical),
    serviceP95Ms: 11 * Math.exp(p95),
    steps: { read: { requests: 900, typicalMs: 5.5 * Math.exp(typical) } },
    cpuMsPerRequest: 1.2 * Math.exp(cpu),
    partsCpuMsPerRequest: 0.6,
    allocatedBytesPerRequest: 90_000 * Math.exp(allocation),
    lagP50Ms: 40,
  });
  const startedFirst = index % 2 === 0 ? 'base' : 'head';
  const none = { p95: 0, cpu: 0 };
  return { index, seed: index + 1, startedFirst, base: turn(none), head: turn(log), stalls: { windows: 0, of: 36 } };
}

/** Standard normal numbers by Box and Muller from a 32-bit generator (mulberry32). */
export function normals(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
