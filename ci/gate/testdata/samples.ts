// Made-up requests of both arms of a pair, for tests of the latency figures.
import type { ArmName, Request, TurnSamples } from '../stalls.ts';
import { normals } from './pairs.ts';

export interface MadeSamples {
  seed?: number;
  seconds?: number;
  /** How much later the head carries out the plan. */
  staggerMs?: number;
  /** Log scatter of the service times around 5 ms. */
  scatter?: number;
  /** Service time of one request; `atMs` is its wall-clock time since the first arm's zero. */
  serviceMs?(arm: ArmName, drawnMs: number, atMs: number): number;
}

const PER_SECOND = 70;

/** Both arms under the same even arrivals, each with service times of its own. */
export function madeSamples(options: MadeSamples = {}): Record<ArmName, TurnSamples> {
  const { seed = 5, seconds = 18, staggerMs = 500, scatter = 0.4, serviceMs = (_, drawnMs) => drawnMs } = options;
  const next = normals(seed);
  const zero = 1_800_000_000_000;
  const arm = (name: ArmName): TurnSamples => {
    const startedAtMs = zero + (name === 'head' ? staggerMs : 0);
    const samples = Array.from({ length: seconds * PER_SECOND }, (_, index): Request => {
      const plannedMs = 7500 + (index * 1000) / PER_SECOND;
      const drawnMs = 5 * Math.exp(scatter * next());
      const atMs = startedAtMs + plannedMs - zero;
      const step = index % 3 === 0 ? 'write' : 'read';
      return { index, step, plannedMs, startMs: plannedMs, serviceMs: serviceMs(name, drawnMs, atMs), status: 200 };
    });
    return { startedAtMs, timeoutMs: 10_000, planned: samples.length, samples };
  };
  return { base: arm('base'), head: arm('head') };
}
