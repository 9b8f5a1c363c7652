// When a run may be believed. One place for the figures that decide VALID or INVALID, each with its reason.

export interface Limits {
  /** A request without an answer is given up after this time. */
  timeoutMs: number;
  /** 99 % of the requests must start at most this long after their planned start, or the generator was starved. */
  latenessP99Ms: number;
  /** CPU of the generator over wall time x cores: above this it measures itself. k6's own advice is 0.8. */
  generatorCpuShare: number;
  /** CPU of everything but the run over wall time x cores: above this a slow answer may be the machine's doing. */
  othersCpuShare: number;
  /** Answers that must lie beyond a percentile before we judge by it. */
  samplesBeyond: number;
}

export const DEFAULT_LIMITS: Limits = {
  timeoutMs: 10_000,
  // An idle machine stays under 2 ms; 25 ms is a tenth of the latency objective and more than a scheduler's slice or two.
  latenessP99Ms: 25,
  generatorCpuShare: 0.8,
  // Under the peak load with nothing beside it two cores showed less than 1 %; a third of the machine is another load.
  othersCpuShare: 0.3,
  samplesBeyond: 10,
};
