// Everything that a postmortem is made of: a source, an incident and files in; answered figures, timeline and pictures out.
import type { Source } from '../source/source.ts';
import { type AlertRows, alertsIn } from './alerts.ts';
import { answers, laidOut, versionOf, withAnswers } from './ask.ts';
import { changesIn, type Row } from './changes.ts';
import { badIn, lowestOf, MINUTE, peakOf, type Span } from './counts.ts';
import { drawPanel, type Line, largest, type Mark } from './draw.ts';
import { impactFigures, timeFigures, whereFigure, whereLabels } from './facts.ts';
import type { Asked, Figure } from './figure.ts';
import type { Incident } from './incident.ts';
import { ceilTo } from './intervals.ts';
import { type LoadTest, loadTestsIn } from './load-tests.ts';
import { logFilter } from './log.ts';
import { type Panel, panelsFor } from './panels.ts';
import { isoOf } from './units.ts';

export interface Picture {
  panel: Panel;
  svg: string;
  /** PromQL of its lines. */
  queries: string[];
  /** How many lines were too many to draw. */
  leftOut: number;
}

export interface Gathered {
  incident: Incident;
  source: string;
  /** Version of the Prometheus that answered. */
  prometheus: string;
  figures: Figure[];
  values: Map<string, number>;
  alerts: AlertRows;
  changes: Row[];
  loadTests: LoadTest[];
  /** Ids of figures by the label that tells them apart. */
  where: { label: string; ids: string[] }[];
  pictures: Picture[];
}

/** Deployments and the like this long before the first bad minute may have caused it. */
const BEFORE_SECONDS = 3 * 3600;
const AFTER_SECONDS = 3600;
const WHERE_VALUES = 3;

export async function gather(
  source: Source,
  incident: Incident,
  files: { reports: string; log?: string },
): Promise<Gathered> {
  const { objective, span, knownToSeconds } = incident;
  const near: Span = {
    fromSeconds: span.fromSeconds - BEFORE_SECONDS,
    toSeconds: Math.max(span.toSeconds, Math.min(span.toSeconds + AFTER_SECONDS, ceilTo(knownToSeconds, MINUTE))),
  };
  const alerts = await alertsIn(source, near, objective.name, span.fromSeconds);
  const changes = await changesIn(source, near);
  const { where, asked: whereAsked } = await whereOf(source, incident);
  const panels = panelsFor(objective, incident.shortWindow, incident.limitShare);
  const filter = logFilter(objective, span);
  const questions: Asked[] = [
    ...impactFigures(incident),
    ...whereAsked,
    ...(files.log && filter ? logFigures(filter) : []),
    ...timeFigures(incident),
    ...alerts.rows.map(({ figure }) => figure),
    ...waits(alerts),
    ...changes.map(({ figure }) => figure),
    ...panels.flatMap((panel) => peaks(panel, span)),
  ];
  const asked = await Promise.all(
    questions.map(async (one) => ('query' in one ? { ...one, query: await laidOut(source, one.query) } : one)),
  );
  const found = await answers(source, asked, files.log);
  const values = new Map(
    [...found].flatMap(([id, answer]) =>
      answer === 'unasked' || answer.value === undefined ? [] : [[id, answer.value] as const],
    ),
  );
  return {
    incident,
    source: source.what,
    prometheus: await versionOf(source),
    figures: withAnswers(asked, found),
    values,
    alerts,
    changes: changes.sort((a, b) => when(values, a) - when(values, b)),
    loadTests: await loadTestsIn(files.reports, near),
    where,
    pictures: await pictures(source, incident, panels, marksOf(alerts, values), knownToSeconds),
  };
}

const when = (values: Map<string, number>, { figure }: Row) => values.get(figure.id) ?? Number.POSITIVE_INFINITY;

/** The values of each label with the most bad events, and the question for each. */
async function whereOf(source: Source, incident: Incident) {
  const { objective, span } = incident;
  const asked: Asked[] = [];
  const where: Gathered['where'] = [];
  for (const label of whereLabels(objective)) {
    const series = await source.instant(badIn(objective, span, label), span.toSeconds);
    const most = series
      .map(({ labels, samples }) => ({ value: labels[label] ?? '', bad: samples[0]![1] }))
      .filter(({ bad }) => bad > 0)
      .sort((a, b) => b.bad - a.bad || a.value.localeCompare(b.value))
      .slice(0, WHERE_VALUES);
    const figures = most.map(({ value }, index) => whereFigure(incident, label, value, index + 1));
    asked.push(...figures);
    where.push({ label, ids: figures.map(({ id }) => id) });
  }
  return { where, asked };
}

const logFigures = (filter: NonNullable<ReturnType<typeof logFilter>>): Asked[] => [
  { id: 'log-requests', title: 'Bad requests in the log', unit: 'count', log: { count: 'requests', ...filter } },
  { id: 'log-tenants', title: 'Tenants of these requests', unit: 'count', log: { count: 'tenants', ...filter } },
];

/** How long it took from the first bad minute until somebody could know. */
const waits = ({ detected, paged }: AlertRows): Asked[] => [
  ...(detected ? [wait('to-detect', 'From the first bad minute to the first alert', detected)] : []),
  ...(paged ? [wait('to-page', 'From the first bad minute to the first page', paged)] : []),
];
const wait = (id: string, title: string, end: string): Asked => ({
  id,
  title,
  unit: 'duration',
  of: [end, 'first-bad'],
  as: 'difference',
});

/** The highest (or lowest) point of each line of a picture during the incident; of many lines of one query that of all. */
const peaks = (panel: Panel, span: Span): Asked[] =>
  panel.queries.map(({ expr, legend }, index) => {
    const several = panel.queries.length > 1;
    return {
      id: `peak-${panel.id}${several ? `-${index + 1}` : ''}`,
      title: `${panel.lowest ? 'Lowest point' : 'Peak'} of "${panel.title}"${several ? `, ${legend}` : ''}`,
      unit: panel.unit,
      query: (panel.lowest ? lowestOf : peakOf)(expr, span.toSeconds - span.fromSeconds),
      atUtc: isoOf(span.toSeconds),
    };
  });

function marksOf({ paged, detected }: AlertRows, values: Map<string, number>): Mark[] {
  const alert = paged ?? detected;
  const moments: [string | undefined, string][] = [
    ['first-bad', 'first bad'],
    [alert, paged ? 'page' : 'alert'],
    ['recovered', 'recovery'],
  ];
  return moments.flatMap(([id, name]) => {
    const atSeconds = id === undefined ? undefined : values.get(id);
    return atSeconds === undefined ? [] : [{ atSeconds, name }];
  });
}

async function pictures(
  source: Source,
  { span }: Incident,
  panels: Panel[],
  marks: Mark[],
  knownToSeconds: number,
): Promise<Picture[]> {
  const margin = Math.max(900, (span.toSeconds - span.fromSeconds) / 4);
  const shown = {
    fromSeconds: span.fromSeconds - margin,
    toSeconds: Math.min(span.toSeconds + margin, Math.max(knownToSeconds, span.toSeconds)),
  };
  const stepSeconds = Math.max(15, Math.ceil((shown.toSeconds - shown.fromSeconds) / 250 / 15) * 15);
  return Promise.all(
    panels.map(async (panel) => {
      const lines: Line[] = [];
      const queries = await Promise.all(panel.queries.map(({ expr }) => laidOut(source, expr)));
      for (const { expr, by, legend } of panel.queries) {
        const series = await source.range(expr, { ...shown, stepSeconds }, { nan: 'leave-out' });
        for (const { labels, samples } of series)
          lines.push({ name: (by && labels[by]) || legend || panel.title, samples });
      }
      return {
        panel,
        queries,
        svg: drawPanel(panel, lines, { ...shown, stepSeconds }, span, marks),
        leftOut: largest(lines).leftOut,
      };
    }),
  );
}
