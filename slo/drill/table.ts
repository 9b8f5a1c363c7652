// The results of drills as a table for a terminal. Pure.
import { table } from '../../cli/table.ts';
import { type DrillResult, seconds, shortcomings } from './result.ts';

export const HEADER = [
  'alert',
  'fault',
  'predicted s',
  'paged s',
  'difference',
  'allowed',
  'on call min',
  'tiers',
  'told',
  'ended s',
  'verdict',
];

/** One row of cells for each result, as the HTML has them, too. */
export function rowOf(result: DrillResult): string[] {
  const { alert, fault, predicted, actual, toleranceSeconds, onCallMinutes, tiers, notifications } = result;
  const shown = (value: number | null) => (value === null ? '-' : value.toFixed(1));
  const difference =
    actual.pageAfter === null || predicted.pageAfter === null ? '-' : seconds(actual.pageAfter - predicted.pageAfter);
  return [
    alert,
    fault,
    shown(predicted.pageAfter),
    shown(actual.pageAfter),
    difference,
    `${toleranceSeconds.toFixed(1)} s`,
    shown(onCallMinutes),
    tiers.join(' ') || '-',
    `${notifications}x`,
    shown(actual.resolvedAfter),
    shortcomings(result).length === 0 ? 'PASS' : 'FAIL',
  ];
}

export const drillTable = (results: DrillResult[]): string => table(HEADER, results.map(rowOf));
