// A table in, what a person reads in a terminal out.
import { table as columns } from '../../cli/table.ts';
import { deadTiers, smallestPagedShare } from './closed-form.ts';
import type { Spread } from './detect.ts';
import type { Kept } from './promises.ts';
import type { FaultRow, QuietRow, Table } from './table.ts';

export type Cells = { header: string[]; rows: string[][] };

const minutes = (value: number | null) => (value === null ? 'never' : value.toFixed(1));
const percent = (share: number) => `${Number((share * 100).toPrecision(3))} %`;
export const rateText = (rate: number | null) => (rate === null ? 'any' : `${rate}/s`);
const names = (objectives: string[]) => objectives.join(', ');
const spread = (of: Spread | null) => (of ? `${minutes(of.median)} (${minutes(of.p95)})` : 'never');
const count = (value: number) => (value === 0 ? '0' : value < 0.1 ? value.toFixed(3) : value.toFixed(2));

/** Per objective, rate and fault, by our rules: how soon, how surely, how long after. */
export function faultCells({ faults }: Table): Cells {
  return {
    header: ['objective', 'requests', 'fault', 'by formula', 'page, min (p95)', 'paged', 'noticed', 'gone after, min'],
    rows: faults
      .filter(({ maker }) => maker === 'ours')
      .map((row) => [
        names(row.objectives),
        rateText(row.ratePerSecond),
        row.fault,
        row.predictedPageMinutes === null ? '' : minutes(row.predictedPageMinutes),
        spread(row.pageMinutes),
        percent(row.paged),
        percent(row.noticed),
        spread(row.resetMinutes),
      ]),
  };
}

/** Per objective, rate, kind of traffic and burn: false pages a month of every maker. */
export function quietCells({ quiet }: Table): Cells {
  const of = (one: QuietRow, maker: string) =>
    quiet.find((row) => row.maker === maker && sameCase(row, one) && row.burn === one.burn)!;
  return {
    header: ['objective', 'requests', 'burn', 'months', 'ours', '95 % interval', 'Sloth', 'Pyrra'],
    rows: quiet
      .filter(({ maker }) => maker === 'ours')
      .map((row) => [
        names(row.objectives),
        `${rateText(row.ratePerSecond)} ${row.arrivals}`,
        String(row.burn),
        String(row.months),
        count(row.pagesAMonth),
        row.interval.map(count).join(' to '),
        count(of(row, 'Sloth').pagesAMonth),
        count(of(row, 'Pyrra').pagesAMonth),
      ]),
  };
}

/** Per objective and maker: what its rules promise, and what they do with everything bad at the highest rate of the table. */
export function makerCells({ alike, faults, quiet }: Table, everything: string): Cells {
  return {
    header: [
      'objective',
      'rules',
      'pages from',
      'dead tiers',
      'by formula',
      'page, min (p95)',
      'false pages, worst rate',
    ],
    rows: alike.flatMap(({ objectives, rules }) =>
      rules.map((set) => {
        const mine = (row: FaultRow | QuietRow) => row.maker === set.maker && row.objectives[0] === objectives[0];
        const fault = faults.filter((row) => mine(row) && row.fault === everything).at(-1);
        const worst = Math.max(...quiet.filter(mine).map(({ pagesAMonth }) => pagesAMonth));
        return [
          names(objectives),
          set.maker,
          percent(smallestPagedShare(set)),
          deadTiers(set).join(', ') || 'none',
          fault ? minutes(fault.predictedPageMinutes) : '',
          fault ? spread(fault.pageMinutes) : '',
          Number.isFinite(worst) ? count(worst) : '',
        ];
      }),
    ),
  };
}

export function promiseCells(kept: readonly Kept[]): Cells {
  return {
    header: ['promise', 'limit', 'objective', 'requests', 'by formula', 'simulated', ''],
    rows: kept.map((one) => [
      one.promise,
      `${one.limit} ${one.unit}`,
      names(one.objectives),
      rateText(one.ratePerSecond),
      one.predicted === null ? '' : minutes(one.predicted),
      one.simulated === null ? 'never' : one.unit === 'min' ? minutes(one.simulated) : count(one.simulated),
      one.holds ? 'holds' : 'DOES NOT HOLD',
    ]),
  };
}

export const asText = ({ header, rows }: Cells) => columns(header, rows);

const sameCase = (a: QuietRow, b: QuietRow) =>
  a.objectives[0] === b.objectives[0] && a.ratePerSecond === b.ratePerSecond && a.arrivals === b.arrivals;
