// What on-call was promised, held against the table: one line each with what the formula says and what was simulated.
import { faultText } from './fault.ts';
import type { Maker } from './rule-set.ts';
import type { Alike, FaultRow, QuietRow, Table } from './table.ts';

/** Everything bad from one moment on, for an hour: what the promises about time speak of. */
export const EVERYTHING = { share: 1, seconds: 3600, shape: 'step' } as const;

export const LIMITS = { outageMinutes: 4.3, slowMinutes: 22, falsePagesAMonth: 0.2, rareMinutes: 15 };
/** Rates of the promises about few requests. */
const [QUIETEST, RARE] = [0.003, 0.01];
/** Objectives with at least this target are there to find outages; the others are slower by their own formula. */
const OUTAGE_TARGET = 0.995;
/** Promises about time are for services with traffic: below this rate the guard waits for more requests. */
const ENOUGH = 1;

export interface Kept {
  promise: string;
  objectives: string[];
  ratePerSecond: number | null;
  unit: 'min' | 'a month';
  limit: number;
  /** By formula, without waits. */
  predicted: number | null;
  /** What is held against the limit: the 95th percentile of a time (every wait is in it), the mean of a count. */
  simulated: number | null;
  holds: boolean;
}

/** Those of the promises that the table's rates, burns and faults can show. */
export function promisesOf(table: Table, maker: Maker = 'ours'): Kept[] {
  const alike = new Map(table.alike.map((one) => [one.objectives[0], one]));
  const everything = (is: (one: Alike, ratePerSecond: number) => boolean) =>
    table.faults.filter(
      (row) =>
        row.maker === maker &&
        row.fault === faultText(EVERYTHING) &&
        is(alike.get(row.objectives[0])!, row.ratePerSecond ?? Infinity),
    );
  const time = (promise: string, limit: number, rows: FaultRow[]) =>
    rows.map(({ objectives, ratePerSecond, predictedPageMinutes, pageMinutes, paged }): Kept => {
      // A fault that was not paged was not paged in time.
      const simulated = paged === 1 && pageMinutes ? pageMinutes.p95 : null;
      const holds = simulated !== null && simulated <= limit;
      return {
        promise,
        objectives,
        ratePerSecond,
        unit: 'min',
        limit,
        predicted: predictedPageMinutes,
        simulated,
        holds,
      };
    });
  return [
    ...time(
      'a total outage pages within',
      LIMITS.outageMinutes,
      everything(({ objectives }) => objectives.includes('availability')),
    ),
    ...time(
      'everything slow pages within',
      LIMITS.slowMinutes,
      everything(({ counts }, rate) => counts === 'good events' && rate >= ENOUGH),
    ),
    ...table.alike.flatMap(({ objectives }) =>
      falsePages(
        objectives,
        table.quiet.filter((row) => row.maker === maker),
      ),
    ),
    ...time(
      'an outage is found within',
      LIMITS.rareMinutes,
      everything(({ counts, target }, rate) => counts !== 'slices' && target >= OUTAGE_TARGET && rate === RARE),
    ),
  ];
}

/** The worst of all burns and kinds of traffic at the quietest rate. */
function falsePages(objectives: string[], rows: QuietRow[]): Kept[] {
  const mine = rows.filter((row) => row.objectives[0] === objectives[0] && row.ratePerSecond === QUIETEST);
  if (mine.length === 0) return [];
  const simulated = Math.max(...mine.map(({ pagesAMonth }) => pagesAMonth));
  return [
    {
      promise: 'false pages while it is met, at most',
      objectives,
      ratePerSecond: QUIETEST,
      unit: 'a month',
      limit: LIMITS.falsePagesAMonth,
      predicted: null,
      simulated,
      holds: simulated <= LIMITS.falsePagesAMonth,
    },
  ];
}
