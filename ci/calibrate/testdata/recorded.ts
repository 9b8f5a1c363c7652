// Made-up recordings whose truth is chosen: every request of an arm takes equally long, so every latency figure is that time.

import { latencyOf } from '../../gate/latency.ts';
import type { ArmTurn } from '../../gate/metrics.ts';
import type { TurnSamples } from '../../gate/stalls.ts';
import { type Neighbours, type Recorded, SCHEMA } from '../recording.ts';

const PLANNED = 4;
const BASE_MS = 10;
const BASE_CPU_MS = 1.2;
const BASE_BYTES = 50_000;

export interface Truth {
  kind?: string;
  planted?: string | null;
  neighbours?: Neighbours;
  /** Log ratios of head against base. */
  time?: number;
  cpu?: number;
  /** Log of how much slower both arms were than usual. */
  both?: number;
  invalid?: string[];
  seconds?: number;
  /** What the counters said; nothing was counted when it is left out. */
  counted?: 'SAME' | 'MORE';
  /** Log ratio of head against base when they take turns after this pair; none is recorded when it is left out. */
  byTurns?: number;
}

const slicesAt = (log: number) => Array.from({ length: 10 }, () => ({ 'response-p95': log, 'response-typical': log }));

/** One recorded pair with these log ratios. */
export function madeRecorded(index: number, truth: Truth = {}): Recorded {
  const { kind = 'aa', planted = null, neighbours = 'quiet', time = 0, cpu = 0, both = 0, invalid = [] } = truth;
  const samples = (ms: number): TurnSamples => ({
    startedAtMs: 1_000_000,
    timeoutMs: 5000,
    planned: PLANNED,
    samples: Array.from({ length: PLANNED }, (_, i) => {
      const plannedMs = 7500 + i * 4500;
      return {
        index: 100 + i,
        step: i % 2 ? 'card' : 'sheet',
        plannedMs,
        startMs: plannedMs,
        serviceMs: ms,
        status: 200,
      };
    }),
  });
  const base = samples(BASE_MS * Math.exp(both));
  const head = samples(BASE_MS * Math.exp(both + time));
  const turn = (own: TurnSamples, cpuLog: number): ArmTurn => ({
    ...latencyOf(own),
    planned: PLANNED,
    answered: PLANNED,
    errors: 0,
    cpuMsPerRequest: BASE_CPU_MS * Math.exp(cpuLog),
    partsCpuMsPerRequest: 0.6,
    allocatedBytesPerRequest: BASE_BYTES,
    lagP50Ms: null,
  });
  return {
    schema: SCHEMA,
    at: new Date(Date.UTC(2026, 10, 23) + index * 40_000).toISOString(),
    commit: '0123456789abcdef',
    dirty: false,
    machine: { cpu: 'made up', cores: 2, memoryBytes: 8e9, node: '26.10.0', k6: '2.2.0', parts: ['postgres 15.18'] },
    load: { ratePerSecond: 70, warmUpMs: 7500, measuredMs: 18_000, workloadHash: 'abc' },
    kind,
    planted,
    neighbours,
    opening: Math.floor(index / 12),
    seconds: truth.seconds ?? 36,
    openSeconds: 30,
    pair: {
      index,
      seed: 1 + index,
      startedFirst: index % 2 === 0 ? 'base' : 'head',
      base: turn(base, both),
      head: turn(head, both + cpu),
      stalls: { windows: 0, of: 24 },
    },
    invalid,
    counted: truth.counted ? { verdict: truth.counted, why: [], seconds: 40 } : null,
    confirmation: truth.byTurns === undefined ? null : { slices: slicesAt(truth.byTurns), invalid: [], seconds: 60 },
    samples: { base, head },
  };
}
