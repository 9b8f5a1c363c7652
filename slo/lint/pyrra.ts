// Pyrra's ServiceLevelObjective in, what lint judges out: the alerts that Pyrra makes of it.
import { unreadable } from '../failures.ts';
import { isObject, kindOf, placeText, type SourceDocument } from '../openslo/documents.ts';
import { optional } from './openslo.ts';
import { type LintSpec, minutesIn } from './spec.ts';

type Node = Record<string, unknown>;
const object = (value: unknown): Node => (isObject(value) ? value : {});
const text = (value: unknown) => (typeof value === 'string' && value.trim() !== '' ? value : undefined);

export const isPyrra = (document: SourceDocument) =>
  kindOf(document) === 'ServiceLevelObjective' && /^pyrra\.dev\//.test(String(object(document.value).apiVersion));

/**
 * Pyrra's tiers (slo/rules.go, `Windows`): factors 14, 7, 2 and 1 for every target; windows and `for` are those of 28 days
 * scaled with the period and rounded to the minute. `critical` pages.
 */
export function pyrraWindows(periodMinutes: number) {
  const scaled = (minutes: number) => Math.round((minutes * periodMinutes) / (28 * 1440));
  return (
    [
      { pages: true, long: 60, short: 5, wait: 2, factor: 14 },
      { pages: true, long: 360, short: 30, wait: 15, factor: 7 },
      { pages: false, long: 1440, short: 120, wait: 60, factor: 2 },
      { pages: false, long: 5760, short: 360, wait: 180, factor: 1 },
    ] as const
  ).map(({ pages, long, short, wait, factor }) => ({
    pages,
    factor,
    longMinutes: scaled(long),
    shortMinutes: scaled(short),
    forMinutes: scaled(wait),
  }));
}

/** One document. Throws a Failure for what Pyrra itself would refuse. */
export function fromPyrra(document: SourceDocument): LintSpec {
  const { metadata, spec } = object(document.value) as { metadata: Node; spec: Node };
  const fail = (keys: PropertyKey[], what: string) => unreadable(placeText(document.at(keys)), what);
  const name = text(object(metadata).name);
  if (!name) throw fail(['metadata'], 'metadata.name is missing');
  const { target: written, window, indicator, alerting } = object(spec);
  const percent = Number(written);
  if (!(percent > 0 && percent < 100)) throw fail(['spec', 'target'], 'the target is no percentage in (0, 100)');
  const period = minutesIn(window);
  if (period === undefined) throw fail(['spec', 'window'], 'the window is no duration such as 4w');
  const { ratio, latency, bool_gauge: gauge } = object(indicator);
  const metric = (value: unknown) => text(object(value).metric);
  const counted = metric(object(ratio).errors) ?? metric(object(latency).success) ?? metric(gauge);
  if (!counted) throw fail(['spec', 'indicator'], 'no ratio, latency or bool_gauge indicator with a metric');
  const { disabled, burnrates } = object(alerting);
  const said = { ...object(metadata.labels), ...object(metadata.annotations) };
  const of = (...keys: string[]) => keys.map((key) => text(said[`pyrra.dev/${key}`]) ?? text(said[key])).find(Boolean);
  return {
    origin: 'Pyrra',
    name,
    target: Number((percent / 100).toPrecision(9)),
    tiers:
      disabled === true || burnrates === false
        ? []
        : pyrraWindows(period).map((tier) => ({
            ...tier,
            name: `${tier.pages ? 'page' : 'ticket'} ${tier.longMinutes} min`,
            at: document.at(['spec', 'target']),
          })),
    counted: [counted],
    ...optional('total', metric(object(ratio).total) ?? metric(object(latency).total)),
    ...optional('owner', of('owner', 'team')),
    ...optional('runbook', of('runbook_url', 'runbook')),
    at: {
      slo: document.at(['metadata', 'name']),
      target: document.at(['spec', 'target']),
      indicator: document.at(['spec', 'indicator']),
    },
  };
}
