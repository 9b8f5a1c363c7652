// OpenSLO v1 in, what lint judges out: ours with the two-window policy in an annotation, and those of others with alert policies.
import { parse } from 'yaml';
import { unreadable } from '../failures.ts';
import { isObject, placeText, type SourceDocument } from '../openslo/documents.ts';
import { type LintSpec, type LintTier, minutesIn } from './spec.ts';

type Node = Record<string, unknown>;
const object = (value: unknown): Node => (isObject(value) ? value : {});
const text = (value: unknown) => (typeof value === 'string' && value.trim() !== '' ? value : undefined);

/** One SLO whose references are resolved. Throws a Failure for what no version of the format allows. */
export function fromOpenSlo(slo: SourceDocument): LintSpec {
  const { metadata, spec } = object(slo.value) as { metadata: Node; spec: Node };
  const fail = (keys: PropertyKey[], what: string) => unreadable(placeText(slo.at(keys)), what);
  const name = text(object(metadata).name);
  if (!name) throw fail(['metadata'], 'metadata.name is missing');
  const objectives = object(spec).objectives;
  const objective = Array.isArray(objectives) ? object(objectives[0]) : {};
  const percent = objective.targetPercent;
  const target = typeof percent === 'number' ? percent / 100 : objective.target;
  const targetKeys = ['spec', 'objectives', 0, percent === undefined ? 'target' : 'targetPercent'];
  if (typeof target !== 'number' || !(target > 0 && target < 1))
    throw fail(targetKeys, 'the target is no ratio in (0, 1)');
  const annotations = object(metadata.annotations);
  const declared = annotations['amsperf/burn-policy'];
  const tiers = declared === undefined ? policyTiers(slo, spec) : declaredTiers(slo, declared);
  const months = (Array.isArray(spec.timeWindow) ? spec.timeWindow : []).map((window) => text(object(window).duration));
  const calendarMonth = months.some((duration) => duration?.endsWith('M'));
  const of = (key: string) =>
    text(annotations[`amsperf/${key}`]) ?? text(annotations[key]) ?? text(object(metadata.labels)[key]);
  const [first] = tiers;
  return {
    origin: 'OpenSLO',
    name,
    target,
    tiers,
    ...queriesOf(slo, spec),
    ...optional('owner', of('owner')),
    ...optional('runbook', of('runbook') ?? of('runbook_url')),
    ...optional('alert', text(annotations['amsperf/alert'])),
    ...optional('partOf', text(annotations['amsperf/part-of'])),
    ...(declared === undefined && calendarMonth && first && { fixedInMonth: first.at }),
    at: { slo: slo.at(['metadata', 'name']), target: slo.at(targetKeys), indicator: slo.at(['spec', 'indicator']) },
  };
}

export const optional = <K extends string>(key: K, value: string | undefined) =>
  (value === undefined ? {} : { [key]: value }) as Partial<Record<K, string>>;

function queriesOf(slo: SourceDocument, spec: Node): { counted: string[]; total?: string } {
  const indicator = object(object(spec.indicator).spec);
  const query = (metric: unknown) => text(object(object(object(metric).metricSource).spec).query);
  const ratio = object(indicator.ratioMetric);
  const counted = [query(ratio.bad) ?? query(ratio.good) ?? query(ratio.raw) ?? query(indicator.thresholdMetric)];
  if (!counted[0]) throw unreadable(placeText(slo.at(['spec', 'indicator'])), 'no indicator with a query');
  return { counted: counted as string[], ...optional('total', query(ratio.total)) };
}

/** Our policy: YAML inside an annotation, factors for 30 days that `compile` scales with the month. */
function declaredTiers(slo: SourceDocument, declared: unknown): LintTier[] {
  const at = slo.at(['metadata', 'annotations', 'amsperf/burn-policy']);
  let rows: unknown;
  try {
    rows = parse(String(declared));
  } catch {
    rows = undefined;
  }
  if (!Array.isArray(rows)) throw unreadable(placeText(at), 'amsperf/burn-policy is no YAML list');
  return rows.map((row: unknown, index) => {
    const { long, short, factor, notify, severity } = object(row);
    const [longMinutes, shortMinutes] = [minutesIn(long), minutesIn(short)];
    if (longMinutes === undefined || shortMinutes === undefined || typeof factor !== 'number' || !(factor > 0)) {
      throw unreadable(placeText(at), `tier ${index + 1} needs long, short and factor`);
    }
    const name = `${String(notify)} ${String(long)}/${String(short)}`;
    const pages = notify === 'page';
    return {
      name,
      longMinutes,
      shortMinutes,
      factor,
      forMinutes: 0,
      pages,
      at,
      ...optional('severity', text(severity)),
    };
  });
}

/** OpenSLO's own alert policies: one window a condition. A severity that is or means "page" wakes somebody. */
function policyTiers(slo: SourceDocument, spec: Node): LintTier[] {
  const policies = Array.isArray(spec.alertPolicies) ? spec.alertPolicies : [];
  return policies.flatMap((policy: unknown, index) => {
    const conditions = object(object(policy).spec).conditions;
    return (Array.isArray(conditions) ? conditions : []).map((condition: unknown, inner) => {
      const keys = ['spec', 'alertPolicies', index, 'spec', 'conditions', inner, 'spec'];
      const { severity, condition: rule } = object(object(condition).spec);
      const { kind, threshold, lookbackWindow, alertAfter } = object(rule);
      const longMinutes = minutesIn(lookbackWindow);
      const fail = (key: string, what: string) => unreadable(placeText(slo.at([...keys, 'condition', key])), what);
      if (kind !== 'burnrate') throw fail('kind', 'only conditions of kind burnrate are defined by OpenSLO v1');
      if (typeof threshold !== 'number') throw fail('threshold', 'the threshold of a burn rate is a number');
      if (longMinutes === undefined) throw fail('lookbackWindow', 'lookbackWindow is no duration such as 1h');
      return {
        name: `${String(severity)} ${String(lookbackWindow)}`,
        longMinutes,
        factor: threshold,
        forMinutes: minutesIn(alertAfter) ?? 0,
        pages: /page|critical|high|^sev-?[12]$/i.test(String(severity)),
        at: slo.at([...keys, 'condition', 'threshold']),
      };
    });
  });
}
