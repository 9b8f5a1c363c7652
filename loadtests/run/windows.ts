// The course of a run: what was planned, started, answered and failed in each window of time, and how long answers took. Pure.

import type { Histogram } from './histogram.ts';
import { isError, type Sample } from './samples.ts';
import { Timeline } from './timeline.ts';

export interface Window {
  startMs: number;
  /** Requests planned to start in it. */
  planned: number;
  /** Requests that did start in it, whenever they were planned. */
  started: number;
  /** Requests planned in it that were not answered with a success. */
  errors: number;
  /** Response times in ms of the requests planned in it; Infinity for those without an answer. */
  response: Histogram;
}

export interface Windows {
  /** Width of each, in ms; the last one may be cut off by the end of the plan. */
  widthMs: number;
  list: Window[];
}

/** A run has at most so many windows, so that neither memory nor the report grows with its length. */
const MOST_WINDOWS = 720;
const WIDTHS_S = [1, 2, 5, 10, 30, 60, 300, 600, 3600];

/** Of the shortest windows more than a time-out of 10 s. */
const OPEN_WINDOWS = 12;

/** The smallest usual width of which a run of this length has at most 720: 1 s up to 12 min, 5 s up to an hour. */
export function widthMsFor(durationMs: number): number {
  const seconds = WIDTHS_S.find((width) => durationMs <= width * 1000 * MOST_WINDOWS);
  return seconds === undefined ? Math.ceil(durationMs / MOST_WINDOWS) : seconds * 1000;
}

/** Takes samples in any order. `plan` counts an arrival, `miss` one without a sample; `end` gives the windows. */
export function startWindows(durationMs: number) {
  const widthMs = widthMsFor(durationMs);
  const count = Math.max(1, Math.ceil(durationMs / widthMs));
  const at = (ms: number) => Math.min(count - 1, Math.max(0, Math.floor(ms / widthMs)));
  const [planned, started, errors] = [new Uint32Array(count), new Uint32Array(count), new Uint32Array(count)];
  const response = new Timeline(count, OPEN_WINDOWS);
  return {
    plan: (plannedMs: number): void => {
      planned[at(plannedMs)]!++;
    },
    add({ plannedMs, startMs, status, responseMs }: Sample): void {
      started[at(startMs)]!++;
      if (isError(status)) errors[at(plannedMs)]!++;
      response.add(at(plannedMs), status === 0 ? Number.POSITIVE_INFINITY : Math.max(0, responseMs));
    },
    miss(plannedMs: number): void {
      errors[at(plannedMs)]!++;
      response.add(at(plannedMs), Number.POSITIVE_INFINITY);
    },
    end: (): Windows => ({
      widthMs,
      list: response.spans().map((histogram, index) => ({
        startMs: index * widthMs,
        planned: planned[index]!,
        started: started[index]!,
        errors: errors[index]!,
        response: histogram,
      })),
    }),
  };
}
