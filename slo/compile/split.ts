// Rules and a test file in, pairs of the two out in which each test has only the rules that it is about. promtool evaluates
// every rule at every step of every test: apart, six objectives take a sixth of the time. Pure.
import { parse, stringify } from 'yaml';
import type { RuleFile } from './rule.ts';
import type { RuleTestFile } from './rule-test.ts';

export interface Pair {
  /** Objective, or `blind`: what the tests' names begin with. */
  about: string;
  rules: RuleFile;
  tests: RuleTestFile;
}

/** @param rules text of the whole rule file; @param tests text of one test file */
export function split(rules: string, tests: string): Pair[] {
  const all = parse(rules) as RuleFile;
  const file = parse(tests) as RuleTestFile;
  const subjects = [...new Set(file.tests.map(({ name }) => subjectOf(name)))];
  return subjects.map((about) => ({
    about,
    rules: about === 'blind' ? blindOnly(all) : { groups: all.groups.filter(({ name }) => belongs(name, about)) },
    tests: { ...file, rule_files: ['rules.yaml'], tests: file.tests.filter(({ name }) => subjectOf(name) === about) },
  }));
}

export const yamlText = (value: unknown) => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });

const subjectOf = (name: string) => name.slice(0, name.indexOf(':'));
const belongs = (group: string, slo: string) => group === `slo-${slo}` || group === `slo-${slo}-month`;

/** The absence alerts, and of the others what these read. */
function blindOnly({ groups }: RuleFile): RuleFile {
  return {
    groups: groups
      .map((group) =>
        group.name === 'slo-blind'
          ? group
          : { ...group, rules: group.rules.filter(({ record }) => record === 'slo:month_length:ratio') },
      )
      .filter(({ rules }) => rules.length > 0),
  };
}
