// What others do with the same measurements: each rule as its source defines it, on one recorded pair. Pure.
import tQuantile from '@stdlib/stats-base-dists-t-quantile';
import { mean } from '../gate/statistics.ts';
import { mannWhitneyZ } from './mann-whitney.ts';

/** One run of one build, as a load tool reports it: service times (k6's http_req_duration). */
export interface Run {
  p95Ms: number;
  serviceMs: readonly number[];
  /** Share of requests that failed. */
  errorRatio: number;
}

/** What a rival is given to judge `head` by; each uses a part of it. */
export interface Given {
  head: Run;
  /** At the same time as head, under the same arrivals: kinder than any of these tools is used. */
  base: Run;
  /** The base build in the turn before head's. */
  previous: Run;
  /** Earlier runs of the base build on this machine. */
  history: readonly Run[];
}

export interface Rival {
  name: string;
  /** Where its rule is defined. */
  source: string;
  /** Grows with "slower"; above `limit` the rival blocks. */
  score(given: Given): number;
  limit(given: Given): number;
}

/** Share of the distribution below Bencher's upper boundary (the value of its own documentation). */
const BOUNDARY = 0.99;
/** Exceeded by a standard normal with 1 %. */
const Z_01 = 2.3263478740408408;

/** @param objectives what the k6 thresholds would be set to */
export function rivalsOf(objectives: { p95Ms: number; errorRatio: number }): Rival[] {
  return [
    fixedRatio(1.1),
    fixedRatio(1.25),
    {
      name: 'Bencher, percentage 25 % (base, then head)',
      source: 'bencherdev/bencher lib/bencher_boundary: limit = mean of the baseline * (1 + 0.25)',
      score: ({ head, previous }) => head.p95Ms / previous.p95Ms,
      limit: () => 1.25,
    },
    {
      name: 't test on history (Bencher t_test 0.99)',
      source:
        'bencherdev/bencher lib/bencher_boundary: limit = quantile 0.99 of Student t with n - 1 degrees, mean and population deviation of at most 64 runs',
      score: ({ head, history }) => (head.p95Ms - mean(p95sOf(history))) / populationDeviation(p95sOf(history)),
      limit: ({ history }) => tQuantile(BOUNDARY, history.length - 1),
    },
    {
      name: 'Mann-Whitney on requests, p < .01 (base, then head)',
      source: 'Mann and Whitney 1947, one-sided, every request of both runs as one case',
      score: ({ previous, head }) => mannWhitneyZ(previous.serviceMs, head.serviceMs),
      limit: () => Z_01,
    },
    {
      name: 'Mann-Whitney on requests, p < .01 (side by side)',
      source: 'the same on arms that run at the same time under the same arrivals, as nobody but this gate measures',
      score: ({ base, head }) => mannWhitneyZ(base.serviceMs, head.serviceMs),
      limit: () => Z_01,
    },
    {
      name: `k6 thresholds (p(95)<${objectives.p95Ms}, rate<${objectives.errorRatio})`,
      source: 'k6 documentation: absolute limits, no base',
      score: ({ head }) => Math.max(head.p95Ms / objectives.p95Ms, head.errorRatio / objectives.errorRatio),
      limit: () => 1,
    },
    {
      name: 'github-action-benchmark, alert at 200 %',
      source: 'benchmark-action/github-action-benchmark: ratio to the one previous value, alert-threshold 200 %',
      score: ({ head, previous }) => head.p95Ms / previous.p95Ms,
      limit: () => 2,
    },
  ];
}

function fixedRatio(limit: number): Rival {
  return {
    name: `fixed ratio ${limit} on one pair`,
    source: 'hand-made gates: p95 of head above so many times that of base',
    score: ({ base, head }) => head.p95Ms / base.p95Ms,
    limit: () => limit,
  };
}

/** The interpolated quantile that k6 and most tools report (type 7 of Hyndman and Fan 1996). @param sorted ascending, at least one */
export function quantile7(sorted: readonly number[], p: number): number {
  const at = (sorted.length - 1) * p;
  const [below, above] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return below + (above - below) * (at - Math.floor(at));
}

const p95sOf = (runs: readonly Run[]) => runs.map(({ p95Ms }) => p95Ms);

/** Divisor n, as the source has it. */
function populationDeviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}
