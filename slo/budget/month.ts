// Calendar months in UTC: `2026-02` in, its first and last moment out. Pure.
import { usage } from '../../cli/command.ts';

export interface Month {
  /** `2026-02`. */
  name: string;
  days: number;
  fromSeconds: number;
  /** The first moment of the next month. */
  toSeconds: number;
}

/** @param text `YYYY-MM`; the month of `nowSeconds` when undefined. Throws a usage Failure for anything else and for a month to come. */
export function monthOf(text: string | undefined, nowSeconds: number): Month {
  const name = text ?? new Date(nowSeconds * 1000).toISOString().slice(0, 7);
  const [, year, number] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(name) ?? [];
  if (!year || !number) throw usage(`"${name}" is no month`, 'for example --month 2026-02');
  const fromSeconds = Date.UTC(Number(year), Number(number) - 1) / 1000;
  if (fromSeconds > nowSeconds) throw usage(`${name} has not begun`, 'by the clock of this machine, in UTC');
  const toSeconds = Date.UTC(Number(year), Number(number)) / 1000;
  return { name, days: (toSeconds - fromSeconds) / 86_400, fromSeconds, toSeconds };
}

/** `2026-02-03 04:05` (UTC), for people. */
export const minuteText = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ');
