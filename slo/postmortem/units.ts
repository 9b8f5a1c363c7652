// How figures and times are written. A number in, text out; the same number always gives the same text. Pure.

/** Ratios are 0 to 1 and written as percent; durations are seconds, `utc` seconds since 1970. */
export const UNITS = ['count', 'percent', 'per-second', 'seconds', 'duration', 'utc', 'number', 'bytes'] as const;
export type Unit = (typeof UNITS)[number];

/** What is printed where the source has no answer. */
export const NO_DATA = 'no data';

export function printed(value: number | undefined, unit: Unit): string {
  if (value === undefined) return NO_DATA;
  if (!Number.isFinite(value)) return String(value);
  switch (unit) {
    case 'count':
      return grouped(Math.round(value));
    case 'percent':
      return `${digits(value * 100)} %`;
    case 'per-second':
      return `${digits(value)} /s`;
    case 'seconds':
      return Math.abs(value) < 1 ? `${digits(value * 1000)} ms` : `${digits(value)} s`;
    case 'duration':
      return duration(value);
    case 'utc':
      return `${isoOf(value).slice(0, 19).replace('T', ' ')} UTC`;
    case 'bytes':
      return `${digits(value / 2 ** 20)} MiB`;
    default:
      return digits(value);
  }
}

/** Seconds since 1970 to 2026-11-20T10:04:00Z, or with milliseconds when there are some. */
export function isoOf(seconds: number): string {
  return new Date(Math.round(seconds * 1000)).toISOString().replace('.000Z', 'Z');
}

export const secondsOf = (iso: string) => Date.parse(iso) / 1000;

/** Three significant digits; the digits before the point are all kept. */
function digits(value: number): string {
  if (Math.abs(value) >= 100) return grouped(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

/** No negative zero; a thousand is 1,000. */
const grouped = (whole: number) => String(whole + 0).replace(/\B(?=(\d{3})+$)/g, ',');

/** Seconds as `1 h 02 min`, `12 min 30 s`, `45 s`. */
function duration(seconds: number): string {
  const whole = Math.round(Math.abs(seconds));
  const sign = seconds < 0 && whole > 0 ? '-' : '';
  const two = (part: number) => String(part).padStart(2, '0');
  if (whole < 60) return `${sign}${whole} s`;
  if (whole < 3600) return `${sign}${Math.floor(whole / 60)} min${whole % 60 ? ` ${two(whole % 60)} s` : ''}`;
  const minutes = Math.round(whole / 60);
  if (minutes < 1440) return `${sign}${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  const hours = Math.round(minutes / 60);
  return `${sign}${Math.floor(hours / 24)} d ${hours % 24} h`;
}
