// Recorded pairs as the rule sees them: latency figures made again from the raw times, as they are or slowed down by a known factor. Pure.
import { latencyFigures } from '../gate/latency.ts';
import type { Pair } from '../gate/metrics.ts';
import type { Request, TurnSamples } from '../gate/stalls.ts';
import type { Recorded } from './recording.ts';

/** The pair with the latency figures that today's estimators make of its raw times: so every estimator can be replayed. */
export function refigured(recorded: Recorded): Recorded {
  const { pair, samples } = recorded;
  const { base, head, stalls } = latencyFigures(samples);
  const again: Pair = {
    ...pair,
    base: { ...pair.base, ...base },
    head: { ...pair.head, ...head },
    stalls: { windows: stalls.windows, of: stalls.of },
  };
  return { ...recorded, pair: again };
}

/** The recorded pair as it would have been had head taken `factor` times as long for every request. CPU and counts stay. */
export function scaled(recorded: Recorded, factor: number): Recorded {
  const slower = (request: Request): Request => ({
    ...request,
    startMs: request.plannedMs + (request.startMs - request.plannedMs) * factor,
    serviceMs: request.serviceMs * factor,
  });
  const head: TurnSamples = { ...recorded.samples.head, samples: recorded.samples.head.samples.map(slower) };
  const kind = scaledKind(factor);
  const log = Math.log(factor);
  const confirmation = recorded.confirmation && {
    ...recorded.confirmation,
    slices: recorded.confirmation.slices.map((slice) => ({
      'response-p95': slice['response-p95'] + log,
      'response-typical': slice['response-typical'] + log,
    })),
  };
  return refigured({ ...recorded, kind, planted: null, confirmation, samples: { base: recorded.samples.base, head } });
}

/** "times +20 %" of 1.2. */
export const scaledKind = (factor: number): string => `times +${Math.round((factor - 1) * 100)} %`;
