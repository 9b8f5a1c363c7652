// Sloth prometheus/v1 in, what lint judges out: the alerts that `sloth generate` makes of it.
import { unreadable } from '../failures.ts';
import { isObject, placeText, type SourceDocument } from '../openslo/documents.ts';
import { optional } from './openslo.ts';
import type { LintSpec, LintTier } from './spec.ts';

type Node = Record<string, unknown>;
const object = (value: unknown): Node => (isObject(value) ? value : {});
const text = (value: unknown) => (typeof value === 'string' && value.trim() !== '' ? value : undefined);

export const isSloth = ({ value }: SourceDocument) => isObject(value) && value.version === 'prometheus/v1';

/**
 * Sloth's windows for a period (internal/alert/window.go and its catalogue of 28 and 30 days): budget shares 2, 5, 10 and 10 %,
 * factor = share x period / long window; at 30 days 14.4, 6, 3 and 1. The period is rolling, so months do not come into it.
 */
export function slothWindows(periodDays: 28 | 30) {
  return (
    [
      { pages: true, long: 1, short: 5, share: 0.02 },
      { pages: true, long: 6, short: 30, share: 0.05 },
      { pages: false, long: 24, short: 120, share: 0.1 },
      { pages: false, long: 72, short: 360, share: 0.1 },
    ] as const
  ).map(({ pages, long, short, share }) => ({
    pages,
    longMinutes: long * 60,
    shortMinutes: short,
    factor: Number(((share * periodDays * 24) / long).toPrecision(6)),
    forMinutes: 0,
  }));
}

/** Every SLO of a document. Throws a Failure for the first one that Sloth itself would refuse. */
export function fromSloth(document: SourceDocument, periodDays: 28 | 30 = 30): LintSpec[] {
  const root = object(document.value);
  const slos = Array.isArray(root.slos) ? root.slos : [];
  if (slos.length === 0) throw unreadable(placeText(document.at(['slos'])), 'slos is empty');
  return slos.map((slo: unknown, index): LintSpec => {
    const { name, objective, sli, labels, alerting } = object(slo);
    const keys = ['slos', index];
    const fail = (key: string, what: string) => unreadable(placeText(document.at([...keys, key])), what);
    if (!text(name)) throw fail('name', 'name is missing');
    if (typeof objective !== 'number' || !(objective > 0 && objective < 100)) {
      throw fail('objective', 'the objective is no percentage in (0, 100)');
    }
    const { events, raw } = object(sli);
    const counted = text(object(events).error_query) ?? text(object(raw).error_ratio_query);
    if (!counted)
      throw fail('sli', 'an SLI needs events.error_query or raw.error_ratio_query; plugins cannot be judged');
    const own = object(alerting);
    const annotations = object(own.annotations);
    const of = (key: string) => text(object(labels)[key]) ?? text(object(root.labels)[key]) ?? text(annotations[key]);
    return {
      origin: 'Sloth',
      name: String(name),
      target: Number((objective / 100).toPrecision(9)),
      tiers: tiersOf(own, document.at([...keys, 'objective']), periodDays),
      counted: [window(counted)],
      ...optional('total', window(text(object(events).total_query))),
      ...optional('owner', of('owner') ?? of('team')),
      ...optional('runbook', text(annotations.runbook_url) ?? text(annotations.runbook)),
      at: {
        slo: document.at([...keys, 'name']),
        target: document.at([...keys, 'objective']),
        indicator: document.at([...keys, 'sli']),
      },
    };
  });
}

function tiersOf(alerting: Node, at: LintTier['at'], periodDays: 28 | 30): LintTier[] {
  const on = (pages: boolean) => object(alerting[pages ? 'page_alert' : 'ticket_alert']).disable !== true;
  return slothWindows(periodDays)
    .filter(({ pages }) => on(pages))
    .map((tier) => ({ ...tier, name: `${tier.pages ? 'page' : 'ticket'} ${tier.longMinutes / 60}h`, at }));
}

/** Sloth's template for the window; any length will do to read the selectors. */
const window = <T extends string | undefined>(query: T) => query?.replace(/\{\{\s*\.window\s*\}\}/g, '5m') as T;
