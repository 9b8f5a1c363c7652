// Made-up pairs with chosen effects, and a seeded source of standard normal numbers, for tests of the rule and the reports.
import type { ArmTurn, Pair } from '../metrics.ts';

/** A pair of 900 requests an arm whose head differs from the base by the given log ratios. */
export function madePair(index: number, log: { p95: number; cpu: number }): Pair {
  const turn = (p95: number, cpu: number): ArmTurn => ({
    planned: 900,
    answered: 900,
    errors: 0,
    responseP50Ms: 5,
    responseP95Ms: 12 * Math.exp(p95),
    responseP99Ms: 20 * Math.exp(p95),
    serviceP95Ms: 11 * Math.exp(p95),
    cpuMsPerRequest: 1.2 * Math.exp(cpu),
    partsCpuMsPerRequest: 0.6,
  });
  const startedFirst = index % 2 === 0 ? 'base' : 'head';
  return { index, seed: index + 1, startedFirst, base: turn(0, 0), head: turn(log.p95, log.cpu) };
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
