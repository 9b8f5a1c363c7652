// The rules of lint: what was read in, findings with place and reason out. Pure.
import { seriesOf } from '../compile/catalogue.ts';
import { type Matcher, readPromql, type Selector } from '../compile/promql.ts';
import { placeText } from '../openslo/documents.ts';
import { contradictions } from './contradictions.ts';
import { type Finding, type LintSpec, maxBurn, minutesToFire, minutesToPage } from './spec.ts';

export interface LintOptions {
  /** A total outage must page within this time. */
  maxPageMinutes: number;
  /** Bucket bounds of histograms that the metric registry does not know. */
  buckets?: readonly number[];
}

/** All findings of all objectives, in the order of the objectives. */
export function judge(specs: readonly LintSpec[], options: LintOptions): Finding[] {
  return specs.flatMap((spec, index) => [
    ...deadTiers(spec),
    ...latePage(spec, options.maxPageMinutes),
    ...buckets(spec, options.buckets),
    ...sharedCounter(spec, specs.slice(0, index)),
    ...people(spec),
    ...monthLength(spec),
    ...contradictions(spec, specs.slice(0, index), specs),
  ]);
}

const error = (rule: Finding['rule'], at: LintSpec['at']['slo'], what: string, why: string): Finding => ({
  ...at,
  rule,
  what,
  why,
  level: 'error',
});

const short = (value: number) => String(Number(value.toPrecision(4)));
const percent = (ratio: number) => `${short(ratio * 100)} %`;

function deadTiers(spec: LintSpec): Finding[] {
  return spec.tiers
    .filter((tier) => minutesToFire(spec, tier) === Number.POSITIVE_INFINITY)
    .map((tier) =>
      error(
        'dead-tier',
        tier.at,
        `"${spec.name}": the tier ${tier.name} can never fire`,
        `its factor is ${short(tier.factor)}, and at a target of ${percent(spec.target)} the largest possible burn is ${short(maxBurn(spec))}`,
      ),
    );
}

function latePage(spec: LintSpec, maxPageMinutes: number): Finding[] {
  const minutes = minutesToPage(spec);
  if (minutes <= maxPageMinutes) return [];
  const when = minutes === Number.POSITIVE_INFINITY ? 'never pages' : `pages after ${short(minutes)} min`;
  const why =
    minutes === Number.POSITIVE_INFINITY
      ? 'no tier that wakes somebody can fire'
      : '(1 - target) x factor x long window, and the wait of the alert';
  return [
    error('late-page', spec.at.target, `"${spec.name}": a total outage ${when}, later than ${maxPageMinutes} min`, why),
  ];
}

function buckets(spec: LintSpec, given: readonly number[] | undefined): Finding[] {
  return spec.counted.flatMap((query) => {
    const { error: problem, selectors } = readPromql(query);
    if (problem)
      return [error('bad-query', spec.at.indicator, `"${spec.name}": ${problem}`, 'Prometheus would refuse it')];
    return selectors.flatMap(({ metric, matchers }): Finding[] => {
      const le = matchers.find(({ label, op }) => label === 'le' && op === '=')?.value;
      if (!metric.endsWith('_bucket') || le === undefined || le === '+Inf') return [];
      const bounds = given ?? seriesOf(metric)?.buckets;
      if (!bounds) {
        const what = `"${spec.name}": the buckets of ${metric} are not known`;
        const why = 'it is not in the metric registry: say them with --buckets, or ask a live system';
        return [{ ...spec.at.indicator, rule: 'no-bucket', what, why, level: 'note' }];
      }
      if (bounds.includes(Number(le))) return [];
      const what = `"${spec.name}": ${le} is no bucket bound of ${metric}`;
      return [
        error('no-bucket', spec.at.indicator, what, `its rule would be empty and silent; bounds: ${bounds.join(', ')}`),
      ];
    });
  });
}

/** Two objectives whose bad events are the same events page twice for one cause. */
function sharedCounter(spec: LintSpec, before: readonly LintSpec[]): Finding[] {
  const other = before.find((earlier) => sameCounter(spec, earlier));
  if (!other) return [];
  const what = `"${spec.name}" counts on the counter of "${other.name}" (${placeText(other.at.slo)})`;
  return [
    error('shared-counter', spec.at.indicator, what, 'one fault would page twice: give it an indicator of its own'),
  ];
}

function sameCounter(a: LintSpec, b: LintSpec): boolean {
  const selectors = (queries: (string | undefined)[]) => queries.flatMap((query) => readPromql(query ?? '').selectors);
  const [total, otherTotal] = [a, b].map(({ total, counted }) => selectors(total ? [total] : counted));
  return selectors(a.counted).some((mine) =>
    selectors(b.counted).some(
      (theirs) =>
        mine.metric === theirs.metric &&
        !apart(mine, theirs, ['le']) &&
        total!.some((one) => otherTotal!.some((two) => one.metric === two.metric && !apart(one, two))),
    ),
  );
}

/** No series can match both selectors (as far as two matchers of one label can say). */
function apart(a: Selector, b: Selector, only?: string[]): boolean {
  return a.matchers.some((mine) =>
    b.matchers.some(
      (theirs) =>
        mine.label === theirs.label &&
        (!only || only.includes(mine.label)) &&
        (excludes(mine, theirs) || excludes(theirs, mine)),
    ),
  );
}

/** `a` names one value, and `b` does not let it pass. */
function excludes(a: Matcher, b: Matcher): boolean {
  if (a.op !== '=') return false;
  const matches = (pattern: string) => {
    try {
      return new RegExp(`^(?:${pattern})$`).test(a.value);
    } catch {
      return true; // RE2 knows what JavaScript does not: nothing can be said then
    }
  };
  switch (b.op) {
    case '=':
      return b.value !== a.value;
    case '!=':
      return b.value === a.value;
    case '=~':
      return !matches(b.value);
    case '!~':
      return matches(b.value);
  }
}

function people(spec: LintSpec): Finding[] {
  const found: Finding[] = [];
  if (!spec.owner) {
    found.push(error('no-owner', spec.at.slo, `"${spec.name}" has no owner`, "an alert without an owner is nobody's"));
  }
  if (!spec.runbook) {
    found.push(
      error('no-runbook', spec.at.slo, `"${spec.name}" has no runbook`, 'who is woken must be told what to do'),
    );
  }
  return found;
}

function monthLength({ fixedInMonth, name }: LintSpec): Finding[] {
  if (!fixedInMonth) return [];
  const what = `"${name}": fixed factors for an objective of a calendar month`;
  const why = 'a month has 28 to 31 days: the same share of the budget is 13.44 to 14.88 times the burn in an hour';
  return [error('month-length', fixedInMonth, what, why)];
}
