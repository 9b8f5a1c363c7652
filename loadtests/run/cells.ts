// How figures are written in every report of a run: times, shares, the row of a step. Pure.
import type { StepFold } from './fold.ts';
import type { Histogram } from './histogram.ts';
import { isEnough } from './validity.ts';

/** Milliseconds with three significant digits. */
export const msText = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2));

/** A quantile in milliseconds; "never" for what was not answered, "-" where there are too few values. */
export function ms(histogram: Histogram, q: number): string {
  if (histogram.count === 0 || !isEnough(histogram.count, q)) return '-';
  const value = histogram.quantile(q)!;
  return value === Number.POSITIVE_INFINITY ? 'never' : msText(value);
}

export const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

/** Name, count, errors, then p50, p95 and p99 of service and of response time. */
export function stepRow(name: string, { planned, errors, service, response }: StepFold): string[] {
  const times = [ms(service, 0.5), ms(service, 0.95), ms(service, 0.99)];
  return [name, `${planned}`, `${errors}`, ...times, ms(response, 0.5), ms(response, 0.95), ms(response, 0.99)];
}
