// Which figures a postmortem has: an incident in, every question to the source out, in the order in which they are shown. Pure.
import { budgetOf, selectorOf } from '../compile/check.ts';
import type { Indicator, Objective } from '../objectives/read.ts';
import {
  allIn,
  badIn,
  badMinute,
  firstTime,
  lastTime,
  MINUTE,
  minuteShare,
  peakOf,
  sliceSeries,
  windowShare,
} from './counts.ts';
import type { Asked } from './figure.ts';
import type { Incident } from './incident.ts';
import { isoOf, printed } from './units.ts';

/** Names of the things that an objective counts. */
export function wordsOf(objective: Objective): { things: string; bad: string } {
  const { source, thresholdSeconds } = objective;
  if (source.kind === 'slices') return { things: `slices of ${source.sliceSeconds} s`, bad: 'bad' };
  const { metric } = selectorOf(objective, source.total);
  const things = metric.startsWith('http_')
    ? 'requests'
    : metric.startsWith('notifications_')
      ? 'notifications'
      : 'events';
  return { things, bad: thresholdSeconds === undefined ? 'failed' : `took longer than ${thresholdSeconds} s` };
}

/** How much was hurt, and what it took of the budget of the calendar month (UTC) in which it ended. */
export function impactFigures({ objective, span }: Incident): Asked[] {
  const { things, bad } = wordsOf(objective);
  const atUtc = isoOf(span.toSeconds);
  const ask = (id: string, title: string, query: string): Asked => ({ id, title, unit: 'count', query, atUtc });
  const from = monthStart(span.toSeconds);
  const month = { fromSeconds: from, toSeconds: span.toSeconds };
  const inMonth = { ...span, fromSeconds: Math.max(from, span.fromSeconds) };
  const times = budgetOf(objective);
  const known = objective.source.kind === 'slices' ? sliceSeries(objective) : `sum(${objective.source.total})`;
  const split = span.fromSeconds < from;
  return [
    ask('all', `All ${things} in the incident`, allIn(objective, span)),
    ask('bad', `${upper(things)} that ${verb(objective, bad)}`, badIn(objective, span)),
    { id: 'bad-share', title: `Share of all ${things}`, unit: 'percent', of: ['bad', 'all'], as: 'share' },
    ...(objective.source.kind === 'slices'
      ? [
          {
            ...ask('down', 'Time that was bad', `${objective.source.sliceSeconds} * (${badIn(objective, span)})`),
            unit: 'duration' as const,
          },
        ]
      : []),
    {
      id: 'worst-minute',
      title: 'Worst minute, share of bad ones',
      unit: 'percent',
      query: peakOf(minuteShare(objective), span.toSeconds - span.fromSeconds),
      atUtc,
    },
    ask('month-all', `All ${things} of the month until then`, allIn(objective, month)),
    {
      id: 'month-known',
      title: 'First minute of the month of which the source knows',
      unit: 'utc',
      query: firstTime(known, span.toSeconds - from),
      atUtc,
    },
    ask('month-bad', `Bad ones of the month until then`, badIn(objective, month)),
    ...(split ? [ask('month-own', 'Bad ones of the incident in this month', badIn(objective, inMonth))] : []),
    {
      id: 'budget-spent',
      title: `Share of the month's error budget that the incident took`,
      unit: 'percent',
      of: [split ? 'month-own' : 'bad', 'month-all'],
      as: 'share',
      times,
    },
    {
      id: 'budget-left',
      title: `Left of the month's error budget at its end`,
      unit: 'percent',
      of: ['month-bad', 'month-all'],
      as: 'rest',
      times,
    },
  ];
}

/** When it began and ended for users. The alerts between stand in alerts.ts. */
export function timeFigures({ objective, span, quietFromSeconds, limitShare, shortWindow, end }: Incident): Asked[] {
  const bad = badMinute(objective);
  const length = span.toSeconds - span.fromSeconds;
  const back = span.fromSeconds + MINUTE - quietFromSeconds;
  const begun = `${firstTime(bad, back - MINUTE / 2)} - ${MINUTE}`;
  const over = `(${windowShare(objective, shortWindow)}) > ${limitShare}`;
  const atEnd = isoOf(span.toSeconds);
  return [
    {
      id: 'first-bad',
      title: 'Begin of the first bad minute',
      unit: 'utc',
      query: begun,
      atUtc: isoOf(span.fromSeconds + MINUTE),
    },
    {
      id: 'last-bad',
      title: 'End of the last bad minute',
      unit: 'utc',
      query: lastTime(bad, length - MINUTE / 2),
      atUtc: atEnd,
    },
    ...(end !== 'recovered'
      ? []
      : [
          {
            id: 'recovered',
            title: `Recovery: the share of the last ${shortWindow} is back under ${printed(limitShare, 'percent')}`,
            unit: 'utc' as const,
            query: `${lastTime(over, length - MINUTE / 2)} + ${MINUTE}`,
            atUtc: atEnd,
          },
          {
            id: 'lasted',
            title: 'From the first bad minute to the recovery',
            unit: 'duration' as const,
            of: ['recovered', 'first-bad'] as [string, string],
            as: 'difference' as const,
          },
        ]),
  ];
}

/** By which labels of the counted series the bad ones are told apart. */
export function whereLabels(objective: Objective): string[] {
  const { source } = objective;
  if (source.kind === 'slices') return [];
  const { metric } = selectorOf(objective, source.total);
  if (metric.startsWith('http_')) return ['http_route', 'http_response_status_code', 'instance'];
  if (metric.startsWith('projection_')) return ['projection', 'instance'];
  return metric.startsWith('notifications_') ? ['channel'] : ['instance'];
}

/** The bad ones of one value of a label. */
export function whereFigure({ objective, span }: Incident, label: string, value: string, index: number): Asked {
  const narrowed = (selector: string) => selector.replace('{', `{${label}=${JSON.stringify(value)},`);
  const { source } = objective;
  const inside: Indicator =
    source.kind === 'slices'
      ? source
      : {
          ...source,
          total: narrowed(source.total),
          ...(source.good && { good: narrowed(source.good) }),
          ...(source.bad && { bad: narrowed(source.bad) }),
        };
  return {
    id: `${label.replaceAll('_', '-')}-${index}`,
    title: `${label} ${value}`,
    unit: 'count',
    query: badIn({ ...objective, source: inside }, span),
    atUtc: isoOf(span.toSeconds),
  };
}

function monthStart(seconds: number): number {
  const date = new Date(seconds * 1000);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) / 1000;
}

const upper = (text: string) => text[0]!.toUpperCase() + text.slice(1);
const verb = ({ source }: Objective, bad: string) => (source.kind === 'slices' ? 'were bad' : bad);
