// A mergeable histogram of durations with a bounded relative error: values in, percentiles out, small JSON between.

/** No percentile is further from an order statistic of the values than this share of it. */
export const RELATIVE_ERROR = 0.001;

const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const LOG_GAMMA = Math.log(GAMMA);
/** Below a nanosecond (in ms) everything counts as this. */
const SMALLEST = 1e-6;

export interface HistogramJson {
  relativeError: number;
  /** Smallest, largest and sum of the finite values; smallest and largest are null when there is none. */
  min: number | null;
  max: number | null;
  sum: number;
  /** Values that never came to an end: requests without an answer. They lie above every finite value. */
  infinite: number;
  /** [index, count] of the buckets that are not empty: bucket i holds (gamma^(i-1), gamma^i]. */
  buckets: [number, number][];
}

/**
 * Buckets grow by gamma = (1 + e) / (1 - e); a value in (gamma^(i-1), gamma^i] is told as 2 gamma^i / (gamma + 1),
 * which is within e of all of the bucket (DDSketch: Masson, Rim, Lee, VLDB 2019, section 2.1).
 */
export class Histogram {
  #buckets = new Map<number, number>();
  #finite = 0;
  #infinite = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #sum = 0;

  /** Adds a value of at least 0; Infinity is a value that never ended. NaN and negative values are a mistake of the caller. */
  add(value: number): void {
    if (!(value >= 0)) throw new RangeError(`a duration must be 0 or more, not ${value}`);
    if (value === Number.POSITIVE_INFINITY) {
      this.#infinite++;
      return;
    }
    const index = Math.ceil(Math.log(Math.max(value, SMALLEST)) / LOG_GAMMA);
    this.#buckets.set(index, (this.#buckets.get(index) ?? 0) + 1);
    this.#finite++;
    this.#sum += value;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
  }

  /** Adds all values of another: the same as if they had been added here one by one. */
  merge(other: Histogram): this {
    for (const [index, count] of other.#buckets) this.#buckets.set(index, (this.#buckets.get(index) ?? 0) + count);
    this.#finite += other.#finite;
    this.#infinite += other.#infinite;
    this.#sum += other.#sum;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
    return this;
  }

  get count(): number {
    return this.#finite + this.#infinite;
  }

  /** Largest value: Infinity when one never ended, undefined when there is none. */
  get max(): number | undefined {
    if (this.#infinite > 0) return Number.POSITIVE_INFINITY;
    return this.#finite > 0 ? this.#max : undefined;
  }

  /** Mean of the finite values, undefined when there is none. */
  get mean(): number | undefined {
    return this.#finite > 0 ? this.#sum / this.#finite : undefined;
  }

  /**
   * The value at rank ceil(q n) (nearest rank), within RELATIVE_ERROR; Infinity when that request was never answered,
   * undefined when there are no values.
   * @param q 0 to 1, for example 0.95
   */
  quantile(q: number): number | undefined {
    if (this.count === 0) return undefined;
    // Without the tiny step back, 0.07 x 100 = 7.000000000000001 would ask for rank 8.
    const rank = Math.max(1, Math.ceil(q * this.count - 1e-9));
    if (rank > this.#finite) return Number.POSITIVE_INFINITY;
    let seen = 0;
    for (const [index, count] of this.#sorted()) {
      seen += count;
      if (seen >= rank) return Math.min(this.#max, Math.max(this.#min, (2 * GAMMA ** index) / (GAMMA + 1)));
    }
    return this.#max;
  }

  /** Share of the values that are at most `value`: those within RELATIVE_ERROR of it may be told on either side. */
  shareAtMost(value: number): number {
    const last = Math.floor(Math.log(Math.max(value, SMALLEST) * (1 + RELATIVE_ERROR)) / LOG_GAMMA);
    let below = 0;
    for (const [index, count] of this.#buckets) if (index <= last) below += count;
    return this.count === 0 ? 0 : below / this.count;
  }

  #sorted(): [number, number][] {
    return [...this.#buckets].sort(([a], [b]) => a - b);
  }

  toJSON(): HistogramJson {
    return {
      relativeError: RELATIVE_ERROR,
      min: this.#finite > 0 ? this.#min : null,
      max: this.#finite > 0 ? this.#max : null,
      sum: this.#sum,
      infinite: this.#infinite,
      buckets: this.#sorted(),
    };
  }

  /** The reverse of toJSON. Throws a RangeError for buckets of another width: they cannot be merged. */
  static fromJSON(json: HistogramJson): Histogram {
    if (json.relativeError !== RELATIVE_ERROR) {
      throw new RangeError(`histogram with a relative error of ${json.relativeError}, expected ${RELATIVE_ERROR}`);
    }
    const histogram = new Histogram();
    histogram.#buckets = new Map(json.buckets);
    histogram.#finite = json.buckets.reduce((sum, [, count]) => sum + count, 0);
    histogram.#infinite = json.infinite;
    histogram.#sum = json.sum;
    histogram.#min = json.min ?? Number.POSITIVE_INFINITY;
    histogram.#max = json.max ?? Number.NEGATIVE_INFINITY;
    return histogram;
  }
}
