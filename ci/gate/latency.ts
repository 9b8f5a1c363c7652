// Latency figures of a pair: the requests of both arms in, what the rule and the reports need of each arm out. Pure.
import { harrellDavis } from './harrell-davis.ts';
import { type ArmName, type Request, responseMs, type Stalls, stallsOf, type TurnSamples } from './stalls.ts';
import { mean } from './statistics.ts';

/** What one arm needed for the requests of one journey step. */
export interface StepLatency {
  requests: number;
  /** Geometric mean of the response times, ms. */
  typicalMs: number;
}

/** Times in ms, from the planned start unless the name says service; a request without an answer counts as the time-out. */
export interface Latency {
  responseP50Ms: number;
  responseP75Ms: number;
  responseP90Ms: number;
  responseP95Ms: number;
  responseP99Ms: number;
  /** Geometric mean: its log ratio is the mean over the requests of how many times longer the same request took. */
  responseTypicalMs: number;
  /** From the actual start of the request. */
  serviceP95Ms: number;
  steps: Record<string, StepLatency>;
}

/** A clock that ticks in microseconds cannot say less. */
const LEAST_MS = 0.001;

/**
 * Figures of both arms, without the windows that both stood still in. Requests of both arms are the same arrivals of one
 * plan, so the mix of steps is the same on both sides.
 */
export function latencyFigures(pair: Record<ArmName, TurnSamples>): Record<ArmName, Latency> & { stalls: Stalls } {
  const stalls = stallsOf(pair);
  const kept = (arm: ArmName) => pair[arm].samples.filter((request) => !stalls.isLeftOut(arm, request));
  return { base: latencyOf(pair.base, kept('base')), head: latencyOf(pair.head, kept('head')), stalls };
}

/** Figures of one turn, of the requests given. Those that were planned and never sent count as time-outs. */
export function latencyOf(turn: TurnSamples, requests: readonly Request[] = turn.samples): Latency {
  const { timeoutMs } = turn;
  const neverSent = Array<number>(Math.max(0, turn.planned - turn.samples.length)).fill(timeoutMs);
  const ascending = (times: number[]) => times.sort((a, b) => a - b);
  const response = ascending([...requests.map((request) => responseMs(request, timeoutMs)), ...neverSent]);
  const service = ascending(requests.map(({ status, serviceMs }) => (status === 0 ? timeoutMs : serviceMs)));
  const at = (times: number[], p: number) => (times.length === 0 ? Number.NaN : harrellDavis(times, p));
  const steps = [...Map.groupBy(requests, ({ step }) => step)].map(([step, own]): [string, StepLatency] => {
    const times = own.map((request) => responseMs(request, timeoutMs));
    return [step, { requests: own.length, typicalMs: geometricMean(times) }];
  });
  return {
    responseP50Ms: at(response, 0.5),
    responseP75Ms: at(response, 0.75),
    responseP90Ms: at(response, 0.9),
    responseP95Ms: at(response, 0.95),
    responseP99Ms: at(response, 0.99),
    responseTypicalMs: geometricMean(response),
    serviceP95Ms: at(service, 0.95),
    steps: Object.fromEntries(steps.sort(([a], [b]) => a.localeCompare(b))),
  };
}

const geometricMean = (times: readonly number[]) => Math.exp(mean(times.map((ms) => Math.log(Math.max(ms, LEAST_MS)))));
