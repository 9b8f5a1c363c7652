// A mergeable histogram of durations with a bounded relative error: values in, percentiles out, small JSON between.

/** No percentile is further from an order statistic of the values than this share of it. */
export const RELATIVE_ERROR = 0.001;

const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const LOG_GAMMA = Math.log(GAMMA);
/** Below a nanosecond (in ms) everything counts as this. */
const SMALLEST = 1e-6;
const indexOf = (value: number): number => Math.ceil(Math.log(Math.max(value, SMALLEST)) / LOG_GAMMA);
const FIRST_INDEX = indexOf(SMALLEST);

/** Of the compact form below; raised when it changes. */
const VERSION = 2;

export interface HistogramJson {
  version: typeof VERSION;
  relativeError: number;
  /** Smallest and largest of the finite values; null when there is none. */
  min: number | null;
  max: number | null;
  /** Sum of the finite values in thousandths, each rounded: whole numbers add up to the same in any order. */
  sumThousandths: number;
  /** Values that never came to an end: requests without an answer. They lie above every finite value. */
  infinite: number;
  /**
   * Base64 of whole numbers of 7 bits a byte, least first, the top bit set on all but the last byte (LEB128): for each
   * bucket that is not empty, in order, the step from the index of the one before (the first from FIRST_INDEX) and its
   * count. Bucket i holds (gamma^(i-1), gamma^i].
   */
  buckets: string;
}

/**
 * Buckets grow by gamma = (1 + e) / (1 - e); a value in (gamma^(i-1), gamma^i] is told as 2 gamma^i / (gamma + 1),
 * which is within e of all of the bucket (DDSketch: Masson, Rim, Lee, VLDB 2019, section 2.1).
 */
export class Histogram {
  #buckets = new Map<number, number>();
  #inOrder: [number, number][] | undefined;
  #finite = 0;
  #infinite = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;
  #sumThousandths = 0;

  /** Adds a value of at least 0; Infinity is a value that never ended. NaN and negative values are a mistake of the caller. */
  add(value: number): void {
    if (!(value >= 0)) throw new RangeError(`a duration must be 0 or more, not ${value}`);
    if (value === Number.POSITIVE_INFINITY) {
      this.#infinite++;
      return;
    }
    const index = indexOf(value);
    this.#inOrder = undefined;
    this.#buckets.set(index, (this.#buckets.get(index) ?? 0) + 1);
    this.#finite++;
    this.#sumThousandths += Math.round(value * 1000);
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
  }

  /** Adds all values of another: bit for bit the same as if they had been added here one by one, in any order. */
  merge(other: Histogram): this {
    this.#inOrder = undefined;
    for (const [index, count] of other.#buckets) this.#buckets.set(index, (this.#buckets.get(index) ?? 0) + count);
    this.#finite += other.#finite;
    this.#infinite += other.#infinite;
    this.#sumThousandths += other.#sumThousandths;
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
    return this.#finite > 0 ? this.#sumThousandths / 1000 / this.#finite : undefined;
  }

  /**
   * The value at rank ceil(q n) (nearest rank), within RELATIVE_ERROR; Infinity when that request was never answered,
   * undefined when there are no values.
   * @param q 0 to 1, for example 0.95
   */
  quantile(q: number): number | undefined {
    return this.#quantile(q, new Histogram());
  }

  /** The quantile of the values that are not in `part`, whose values were all merged into this one. */
  quantileWithout(part: Histogram, q: number): number | undefined {
    return this.#quantile(q, part);
  }

  #quantile(q: number, left: Histogram): number | undefined {
    const count = this.count - left.count;
    if (count === 0) return undefined;
    // Without the tiny step back, 0.07 x 100 = 7.000000000000001 would ask for rank 8.
    const rank = Math.max(1, Math.ceil(q * count - 1e-9));
    if (rank > this.#finite - left.#finite) return Number.POSITIVE_INFINITY;
    let seen = 0;
    for (const [index, inBucket] of this.#sorted()) {
      seen += inBucket - (left.#buckets.get(index) ?? 0);
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

  /** Kept until the next value comes: whoever asks for one quantile asks for several. */
  #sorted(): [number, number][] {
    this.#inOrder ??= [...this.#buckets].sort(([a], [b]) => a - b);
    return this.#inOrder;
  }

  toJSON(): HistogramJson {
    const bytes: number[] = [];
    let last = FIRST_INDEX;
    for (const [index, count] of this.#sorted()) {
      writeNumber(bytes, index - last);
      writeNumber(bytes, count);
      last = index;
    }
    return {
      version: VERSION,
      relativeError: RELATIVE_ERROR,
      min: this.#finite > 0 ? this.#min : null,
      max: this.#finite > 0 ? this.#max : null,
      sumThousandths: this.#sumThousandths,
      infinite: this.#infinite,
      buckets: Buffer.from(bytes).toString('base64'),
    };
  }

  /** The reverse of toJSON. Throws a RangeError for another version or buckets of another width: they cannot be merged. */
  static fromJSON(json: HistogramJson): Histogram {
    if (json.version !== VERSION || json.relativeError !== RELATIVE_ERROR) {
      throw new RangeError(
        `histogram of version ${json.version} with a relative error of ${json.relativeError}, expected ${VERSION} and ${RELATIVE_ERROR}`,
      );
    }
    const histogram = new Histogram();
    const bytes = Buffer.from(json.buckets, 'base64');
    let index = FIRST_INDEX;
    for (let at = 0; at < bytes.length; ) {
      const step = readNumber(bytes, at);
      const count = readNumber(bytes, step.next);
      at = count.next;
      index += step.value;
      histogram.#buckets.set(index, count.value);
      histogram.#finite += count.value;
    }
    histogram.#infinite = json.infinite;
    histogram.#sumThousandths = json.sumThousandths;
    histogram.#min = json.min ?? Number.POSITIVE_INFINITY;
    histogram.#max = json.max ?? Number.NEGATIVE_INFINITY;
    return histogram;
  }
}

/** One whole number of 0 or more as LEB128, behind those that are there. */
function writeNumber(bytes: number[], value: number): void {
  let left = value;
  while (left >= 128) {
    bytes.push((left % 128) + 128);
    left = Math.floor(left / 128);
  }
  bytes.push(left);
}

/** Throws a RangeError when the bytes end in the middle of a number. */
function readNumber(bytes: Uint8Array, from: number): { value: number; next: number } {
  let value = 0;
  let scale = 1;
  for (let at = from; at < bytes.length; at++) {
    value += (bytes[at]! % 128) * scale;
    if (bytes[at]! < 128) return { value, next: at + 1 };
    scale *= 128;
  }
  throw new RangeError('the buckets of a histogram are cut off');
}
