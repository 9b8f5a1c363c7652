// Rules, tests and many mutants in, one rule file with its tests out in which every mutant stands beside the rules it is a copy of. Pure.
// One promtool process then judges all of them: the traffic is read once, and of each mutant only what depends on its change is
// evaluated. Mutant schemata: Untch, Offutt, Harrold, "Mutation analysis using mutant schemata", ISSTA 1993.
import { parser } from '@prometheus-io/lezer-promql';
import type { InputSeries } from '../compile/input-series.ts';
import type { Rule, RuleFile } from '../compile/rule.ts';
import type { RuleTest, RuleTestFile } from '../compile/rule-test.ts';
import type { Pair } from '../compile/split.ts';
import type { Mutant } from './mutants.ts';

export interface Numbered extends Mutant {
  id: number;
}

const suffix = (id: number) => `:m${id}`;

/** The numbers of the mutants that a text of promtool names: it names what failed and nothing else. */
export const namedIn = (output: string) => new Set([...output.matchAll(/:m(\d+)\b/g)].map(([, id]) => Number(id)));

/** @param original the rule of which it is a copy, as it stands in the pair; a mutant of a rule that is not there is left out */
export function withMutants({ rules, tests }: Pair, mutants: readonly { mutant: Numbered; original: Rule }[]) {
  const copies = mutants.map(({ mutant, original }) => copyOf(rules, mutant, original));
  const groups = rules.groups.map((group, groupIndex) => ({
    ...group,
    rules: group.rules.flatMap((rule, index) => [
      rule,
      ...copies.flatMap(({ rules }) => rules.get(`${groupIndex}/${index}`) ?? []),
    ]),
  }));
  const file: RuleTestFile = { ...tests, tests: tests.tests.map((test) => withExpectations(test, copies)) };
  return { rules: { groups } as RuleFile, tests: file };
}

interface Copy {
  id: number;
  /** By `group/index` of the rule that it copies. */
  rules: Map<string, Rule>;
  /** Names of recorded series that the copy has under a name of its own. */
  names: Set<string>;
}

/** The changed rule, and of the others all that read what it records, each under a name of its own. */
function copyOf({ groups }: RuleFile, mutant: Numbered, original: Rule): Copy {
  const names = new Set(original.record ? [original.record] : []);
  const taken = new Set<string>();
  for (let before = -1; before !== taken.size; ) {
    before = taken.size;
    for (const [groupIndex, group] of groups.entries()) {
      for (const [index, rule] of group.rules.entries()) {
        const reads = namesOf(rule.expr).some(({ name }) => names.has(name));
        if (rule !== original && !reads && !(rule.record && names.has(rule.record))) continue;
        taken.add(`${groupIndex}/${index}`);
        if (rule.record) names.add(rule.record);
      }
    }
  }
  const rules = new Map(
    [...taken].map((place) => {
      const [group, index] = place.split('/').map(Number) as [number, number];
      const rule = groups[group]!.rules[index]!;
      return [place, renamed(rule === original ? mutant.changed : rule, names, mutant.id)];
    }),
  );
  return { id: mutant.id, rules, names };
}

function renamed(rule: Rule, names: Set<string>, id: number): Rule {
  return {
    ...rule,
    ...(rule.record && { record: rule.record + suffix(id) }),
    ...(rule.alert && { alert: rule.alert + suffix(id) }),
    expr: renameIn(rule.expr, names, id),
  };
}

const known = new Map<string, { name: string; to: number }[]>();

/** Metric names of an expression and where each ends. */
function namesOf(expr: string): { name: string; to: number }[] {
  const before = known.get(expr);
  if (before) return before;
  const found: { name: string; to: number }[] = [];
  parser.parse(expr).iterate({
    enter({ name, from, to }) {
      if (name === 'Identifier') found.push({ name: expr.slice(from, to), to });
    },
  });
  known.set(expr, found);
  return found;
}

function renameIn(expr: string, names: Set<string>, id: number): string {
  return namesOf(expr)
    .filter(({ name }) => names.has(name))
    .reduceRight((text, { to }) => text.slice(0, to) + suffix(id) + text.slice(to), expr);
}

/** The test with the same expectations of each copy: its alerts among those that are expected, its recorded series, its history. */
function withExpectations(test: RuleTest, copies: Copy[]): RuleTest {
  const alerts = test.alert_rule_test.flatMap((one) => [
    one,
    ...copies.flatMap(({ id, rules }) => {
      const mine = [...rules.values()].filter(({ alert }) => alert === one.alertname + suffix(id));
      if (mine.length === 0) return [];
      const isMine = (labels: Record<string, string>) =>
        mine.some((rule) => Object.entries(rule.labels).every(([label, value]) => labels[label] === value));
      return [
        {
          ...one,
          alertname: one.alertname + suffix(id),
          exp_alerts: one.exp_alerts.filter(({ exp_labels }) => isMine(exp_labels)),
        },
      ];
    }),
  ]);
  const expressions = (test.promql_expr_test ?? []).flatMap((one) => [
    one,
    ...copies
      .filter(({ names }) => namesOf(one.expr).some(({ name }) => names.has(name)))
      .map(({ id, names }) => ({
        ...one,
        expr: renameIn(one.expr, names, id),
        exp_samples: one.exp_samples.map((sample) => ({ ...sample, labels: renameIn(sample.labels, names, id) })),
      })),
  ]);
  const series = test.input_series.flatMap((one): InputSeries[] => [
    one,
    ...copies
      .filter(({ names }) => names.has(namesOf(one.series)[0]?.name ?? ''))
      .map(({ id, names }) => ({ ...one, series: renameIn(one.series, names, id) })),
  ]);
  return { ...test, input_series: series, alert_rule_test: alerts, promql_expr_test: expressions };
}
