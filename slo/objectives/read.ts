// Reads every objective file of a folder: OpenSLO v1 YAML in, checked objectives out, or a Failure that names file and line.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { duplicateObjective, noObjectives, unreadable } from '../failures.ts';
import { kindOf, parseDocuments, placeText, resolved, type SourceDocument } from '../openslo/documents.ts';
import {
  type BurnTier,
  indicatorDocumentSchema,
  type SloDocument,
  serviceSchema,
  sloSchema,
  tierSchema,
} from './schema.ts';

/** Where the indicator's numbers come from: counted events, or slices of time that were good or bad. */
export type Indicator =
  | { kind: 'events'; good?: string; bad?: string; total: string }
  | { kind: 'slices'; query: string; op: SliceOperator; value: number; sliceSeconds: number };

/** A slice is good while the largest sample is at least (`gte`) or at most (`lte`) the value. */
export type SliceOperator = 'gte' | 'lte';

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
  /** Name of the objective that counts these events too: of the two the one that pages first tells. */
  partOf?: string;
}

/**
 * Every SLO of the `*.yaml` files of a folder, in the order of file names and documents.
 * Throws a Failure (exit code 2) with file and line for the first thing that is wrong.
 */
export async function readObjectives(dir: string): Promise<Objective[]> {
  const files = (await readdir(dir).catch(() => [])).filter((file) => file.endsWith('.yaml')).sort();
  const documents: SourceDocument[] = [];
  for (const file of files) {
    documents.push(...parseDocuments(await readFile(path.join(dir, file), 'utf8'), path.join(dir, file)));
  }
  const objectives = toObjectives(documents);
  if (objectives.length === 0) throw noObjectives(dir);
  return objectives;
}

/** All that alerts are made of: the objectives of the whole, which gate and load judge, and those of single flows. */
export async function readAllObjectives(dir: string): Promise<Objective[]> {
  return [...(await readObjectives(dir)), ...(await readObjectives(path.join(dir, 'flows')))];
}

/** The SLOs of one file's text. `file` is only for messages. Pure. */
export function parseObjectives(text: string, file: string): Objective[] {
  return toObjectives(parseDocuments(text, file));
}

/** Documents of any files in any order: an SLO may name its SLI with `indicatorRef`. */
export function toObjectives(documents: SourceDocument[]): Objective[] {
  const objectives: Objective[] = [];
  for (const document of documents) {
    const placeOf = (keys: PropertyKey[]) => placeText(document.at(keys));
    if (kindOf(document) === 'Service') check(serviceSchema, document.value, placeOf);
    else if (kindOf(document) === 'SLI') check(indicatorDocumentSchema, document.value, placeOf);
    else {
      const found = oneObjective(resolved(document, documents));
      if (objectives.some(({ name }) => name === found.name)) throw duplicateObjective(document.file, found.name);
      objectives.push(found);
    }
  }
  return objectives;
}

/** One SLO whose references are resolved. */
export function oneObjective(document: SourceDocument): Objective {
  const placeOf = (keys: PropertyKey[]) => placeText(document.at(keys));
  return toObjective(check(sloSchema, document.value, placeOf), placeOf);
}

function check<T>(schema: z.ZodType<T>, value: unknown, placeOf: (keys: PropertyKey[]) => string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw unreadable(placeOf(issue.path), `${issue.path.join('.') || 'document'}: ${issue.message}`);
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
  const { annotations } = metadata;
  const partOf = annotations['amsperf/part-of'];
  return {
    name: metadata.name,
    displayName: metadata.displayName,
    description: spec.description,
    service: spec.service,
    indicator,
    target: objective.target,
    ...(bound !== undefined && { thresholdSeconds: Number(bound) }),
    source,
    alert: annotations['amsperf/alert'],
    owner: annotations['amsperf/owner'],
    impact: annotations['amsperf/impact'],
    wayBack: annotations['amsperf/way-back'],
    runbook: annotations['amsperf/runbook'],
    dashboard: annotations['amsperf/dashboard'],
    policy: toPolicy(annotations['amsperf/burn-policy'], placeOf(['metadata', 'annotations', 'amsperf/burn-policy'])),
    ...(partOf !== undefined && { partOf }),
  };
}

function toSource({ indicator, objectives: [objective] }: SloDocument['spec']): Indicator {
  const { spec } = indicator;
  if ('thresholdMetric' in spec) {
    const sliceSeconds = Number.parseInt(objective.timeSliceWindow!, 10);
    return {
      kind: 'slices',
      query: spec.thresholdMetric.metricSource.spec.query,
      op: objective.op!,
      value: objective.value!,
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
