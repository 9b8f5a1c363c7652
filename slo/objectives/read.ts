// Reads every objective file of a folder: OpenSLO v1 YAML in, checked objectives out, or a Failure that names file and line.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Document, LineCounter, parseAllDocuments, parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { duplicateObjective, noObjectives, unreadable } from '../failures.ts';
import { type BurnTier, type SloDocument, serviceSchema, sloSchema, tierSchema } from './schema.ts';

/** Where the indicator's numbers come from: counted events, or slices of time that were good or bad. */
export type Indicator =
  | { kind: 'events'; good?: string; bad?: string; total: string }
  | { kind: 'slices'; query: string; atLeast: number; sliceSeconds: number };

export interface Objective {
  name: string;
  displayName: string;
  description: string;
  service: string;
  indicator: 'availability' | 'latency' | 'errors';
  /** Share of good events or slices in a calendar month, for example 0.995. */
  target: number;
  /** Latency only: an answer is good when it took at most this long. */
  thresholdSeconds?: number;
  /** Series selectors; the compiler puts `rate` and windows round them. */
  source: Indicator;
  /** Name of the alert and of its runbook page. */
  alert: string;
  owner: string;
  impact: string;
  wayBack: string;
  /** Path of the page in this repository. */
  runbook: string;
  /** Path in Grafana. */
  dashboard: string;
  policy: BurnTier[];
}

/**
 * Every SLO of the `*.yaml` files of a folder, in the order of file names and documents.
 * Throws a Failure (exit code 2) with file and line for the first thing that is wrong.
 */
export async function readObjectives(dir: string): Promise<Objective[]> {
  const files = (await readdir(dir).catch(() => [])).filter((file) => file.endsWith('.yaml')).sort();
  const objectives: Objective[] = [];
  for (const file of files) {
    const text = await readFile(path.join(dir, file), 'utf8');
    for (const found of parseObjectives(text, path.join(dir, file))) {
      if (objectives.some(({ name }) => name === found.name))
        throw duplicateObjective(path.join(dir, file), found.name);
      objectives.push(found);
    }
  }
  if (objectives.length === 0) throw noObjectives(dir);
  return objectives;
}

/** The SLOs of one file's text. `file` is only for messages. Pure. */
export function parseObjectives(text: string, file: string): Objective[] {
  const lines = new LineCounter();
  const objectives: Objective[] = [];
  for (const document of parseAllDocuments(text, { lineCounter: lines, version: '1.2' })) {
    const place = (offset: number) => `${file}:${lines.linePos(offset).line}`;
    const [error] = document.errors;
    if (error) throw unreadable(place(error.pos[0]), error.message.split('\n')[0]!.replace(/ at line .*$/, ''));
    const placeOf = (keys: PropertyKey[]) => place(offsetOf(document, keys));
    const value: unknown = document.toJS();
    if (value === null) continue;
    if ((value as { kind?: unknown }).kind === 'Service') check(serviceSchema, value, placeOf);
    else objectives.push(toObjective(check(sloSchema, value, placeOf), placeOf));
  }
  return objectives;
}

function check<T>(schema: z.ZodType<T>, value: unknown, placeOf: (keys: PropertyKey[]) => string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw unreadable(placeOf(issue.path), `${issue.path.join('.') || 'document'}: ${issue.message}`);
}

/** Offset of the value at `keys`, or of its nearest ancestor that exists. */
function offsetOf(document: Document, keys: PropertyKey[]): number {
  for (let depth = keys.length; depth > 0; depth--) {
    const node = document.getIn(keys.slice(0, depth), true);
    const range = (node as { range?: [number, number, number] } | undefined)?.range;
    if (range) return range[0];
  }
  return document.contents?.range?.[0] ?? document.range?.[0] ?? 0;
}

function toObjective(slo: SloDocument, placeOf: (keys: PropertyKey[]) => string): Objective {
  const { metadata, spec } = slo;
  const [objective] = spec.objectives;
  const source = toSource(spec);
  const indicator = metadata.labels['amsperf/indicator'];
  const bound = source.kind === 'events' ? /\ble="([\d.]+)"/.exec(source.good ?? '')?.[1] : undefined;
  if (indicator === 'latency' && bound === undefined) {
    throw unreadable(placeOf(['spec', 'indicator']), 'a latency indicator counts good events with le="<seconds>"');
  }
  const of = (key: keyof typeof metadata.annotations) => metadata.annotations[key];
  return {
    name: metadata.name,
    displayName: metadata.displayName,
    description: spec.description,
    service: spec.service,
    indicator,
    target: objective.target,
    ...(bound !== undefined && { thresholdSeconds: Number(bound) }),
    source,
    alert: of('amsperf/alert'),
    owner: of('amsperf/owner'),
    impact: of('amsperf/impact'),
    wayBack: of('amsperf/way-back'),
    runbook: of('amsperf/runbook'),
    dashboard: of('amsperf/dashboard'),
    policy: toPolicy(of('amsperf/burn-policy'), placeOf(['metadata', 'annotations', 'amsperf/burn-policy'])),
  };
}

function toSource({ indicator, objectives: [objective] }: SloDocument['spec']): Indicator {
  const { spec } = indicator;
  if ('thresholdMetric' in spec) {
    const sliceSeconds = Number.parseInt(objective.timeSliceWindow!, 10);
    return {
      kind: 'slices',
      query: spec.thresholdMetric.metricSource.spec.query,
      atLeast: objective.value!,
      sliceSeconds,
    };
  }
  const { good, bad, total } = spec.ratioMetric;
  return {
    kind: 'events',
    ...(good && { good: good.metricSource.spec.query }),
    ...(bad && { bad: bad.metricSource.spec.query }),
    total: total.metricSource.spec.query,
  };
}

/** The policy is YAML inside a string, because OpenSLO annotations are strings. */
function toPolicy(text: string, place: string): BurnTier[] {
  let value: unknown;
  try {
    value = parseYaml(text);
  } catch {
    throw unreadable(place, 'amsperf/burn-policy is no YAML list');
  }
  return check(z.array(tierSchema).min(1), value, (keys) => `${place} (tier ${Number(keys[0] ?? 0) + 1})`);
}
