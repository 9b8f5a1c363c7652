// Checks a classic dashboard's JSON against what AMS really exports: dashboard in, counts and a list of problems out. Pure.
import * as units from '@grafana/grafana-foundation-sdk/units';
import { seriesOf } from '../../slo/compile/catalogue.ts';
import { unknownIn } from '../../slo/compile/known.ts';
import { readPromql, type Selector } from '../../slo/compile/promql.ts';
import { METRICS } from '../../system/telemetry/names.ts';

interface Target {
  expr?: string;
  exemplar?: boolean;
  legendFormat?: string;
  datasource?: { uid?: string };
}

export interface Panel {
  id?: number;
  type: string;
  title?: string;
  description?: string;
  gridPos?: { x: number; y: number; w: number; h: number };
  targets?: Target[];
  fieldConfig?: { defaults?: { unit?: string } };
  options?: { legend?: { showLegend?: boolean } };
}

export interface Dashboard {
  uid?: string;
  editable?: boolean;
  panels?: Panel[];
  annotations?: {
    list?: { name: string; placement?: string; target?: Target; titleFormat?: string; textFormat?: string }[];
  };
}

export interface Checked {
  panels: number;
  queries: number;
  problems: string[];
}

/** Histograms whose buckets remember a sampled trace. */
const WITH_TRACES = Object.entries(METRICS).flatMap(([name, spec]) => ('exemplars' in spec ? [`${name}_bucket`] : []));

const UNITS = new Set<unknown>(Object.values(units));

export function checkDashboard(dashboard: Dashboard): Checked {
  const panels = dashboard.panels ?? [];
  const problems: string[] = [];
  if (!dashboard.uid) problems.push('the dashboard has no fixed uid: links to it break');
  if (dashboard.editable !== false) problems.push('the dashboard is editable: edits are lost at the next build');
  problems.push(...identities(panels), ...overlaps(panels), ...panels.flatMap(dress));
  let queries = 0;
  for (const panel of panels) {
    for (const target of panel.targets ?? []) {
      queries++;
      problems.push(...checkQuery(target, [target.legendFormat]).map((problem) => `${name(panel)}: ${problem}`));
    }
  }
  for (const mark of dashboard.annotations?.list ?? []) {
    if (mark.placement) problems.push(`annotation "${mark.name}" is hidden in the controls menu`);
    if (!mark.target?.expr) continue;
    queries++;
    const found = checkQuery(mark.target, [mark.titleFormat, mark.textFormat]);
    problems.push(...found.map((problem) => `annotation "${mark.name}": ${problem}`));
  }
  return { panels: panels.filter(({ type }) => type !== 'row').length, queries, problems };
}

const name = ({ id, title }: Panel) => `panel ${id ?? '?'} "${title ?? ''}"`;

function identities(panels: Panel[]): string[] {
  const seen = new Set<number>();
  return panels.flatMap((panel) => {
    if (!panel.id) return [`${name(panel)} has no id`];
    if (seen.has(panel.id)) return [`${name(panel)} has the id of another panel`];
    seen.add(panel.id);
    return [];
  });
}

function overlaps(panels: Panel[]): string[] {
  return panels.flatMap((panel, index) => {
    const a = panel.gridPos;
    if (!a) return [`${name(panel)} has no place`];
    if (a.x < 0 || a.x + a.w > 24) return [`${name(panel)} sticks out of the page`];
    return panels.slice(index + 1).flatMap((other) => {
      const b = other.gridPos;
      const apart = !b || a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
      return apart ? [] : [`${name(panel)} lies over ${name(other)}`];
    });
  });
}

/** Description, unit and legend: what a person needs at night. */
function dress(panel: Panel): string[] {
  if (panel.type === 'row') return [];
  const problems: string[] = [];
  if (!panel.title) problems.push('has no title');
  if (!panel.description) problems.push('has no description');
  if (panel.type !== 'text' && !panel.targets?.length) problems.push('asks nothing');
  if (panel.type === 'timeseries' || panel.type === 'stat') {
    const unit = panel.fieldConfig?.defaults?.unit;
    if (!unit || !UNITS.has(unit))
      problems.push(unit ? `has a unit that Grafana does not know: ${unit}` : 'has no unit');
  }
  if (panel.type === 'timeseries' && !panel.options?.legend?.showLegend) problems.push('has no legend');
  const traced = (panel.targets ?? []).filter(({ expr = '' }) => WITH_TRACES.some((name) => expr.includes(name)));
  if (panel.type === 'timeseries' && traced.length > 0 && !traced.some(({ exemplar }) => exemplar))
    problems.push('shows a histogram without its traces');
  return problems.map((problem) => `${name(panel)} ${problem}`);
}

/** Grafana's own variables, as something PromQL can read. */
const plain = (expr: string) =>
  expr.replaceAll('$__rate_interval', '5m').replaceAll('$__interval', '1m').replaceAll('$__range', '1h');

function checkQuery({ expr = '', datasource }: Target, formats: (string | undefined)[]): string[] {
  const { error, selectors, groupings } = readPromql(plain(expr));
  if (error) return [error];
  const problems: string[] = [];
  if (datasource?.uid !== `\${datasource}`) problems.push('does not use the data source variable');
  if (selectors.length === 0) problems.push(`asks for no series: ${expr}`);
  problems.push(...unknownIn(selectors));
  for (const { labels, selectors: scope } of groupings) {
    for (const label of labels) if (!has(scope, label)) problems.push(`no series in ${expr} has the label ${label}`);
  }
  for (const format of formats) {
    for (const [, label] of (format ?? '').matchAll(/\{\{\s*(\w+)\s*\}\}/g)) {
      if (!has(selectors, label!)) problems.push(`the text "${format}" names the label ${label}, which no series has`);
    }
  }
  return problems;
}

/** Whether one of the series has the label; an unknown series is reported once, by its name. */
const has = (selectors: Selector[], label: string) =>
  selectors.some(({ metric }) => seriesOf(metric)?.labels.includes(label) ?? true);
