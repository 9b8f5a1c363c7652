// Histograms of consecutive spans of time in little memory: those that nothing came to lately are kept in their compact form.
import { Histogram, type HistogramJson } from './histogram.ts';

/** A fixed number of spans, so that its size does not depend on how many values come. */
export class Timeline {
  #most: number;
  #closed: (HistogramJson | undefined)[];
  /** By when they were last used, the oldest first. */
  #open = new Map<number, Histogram>();

  /** @param most spans open at a time; samples come in the order in which they ended, so a span fills up for about a time-out */
  constructor(spans: number, most: number) {
    this.#closed = new Array(spans);
    this.#most = most;
  }

  add(span: number, value: number): void {
    let histogram = this.#open.get(span);
    if (histogram) this.#open.delete(span);
    else {
      const json = this.#closed[span];
      histogram = json ? Histogram.fromJSON(json) : new Histogram();
    }
    this.#open.set(span, histogram);
    histogram.add(value);
    if (this.#open.size > this.#most) {
      const [oldest, left] = this.#open.entries().next().value!;
      this.#closed[oldest] = left.toJSON();
      this.#open.delete(oldest);
    }
  }

  /** The histogram of every span, in order; empty ones too. */
  spans(): Histogram[] {
    return Array.from(this.#closed, (json, span) => {
      const open = this.#open.get(span);
      if (open) return open;
      return json ? Histogram.fromJSON(json) : new Histogram();
    });
  }
}
