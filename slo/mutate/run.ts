// Mutants and rule tests in, who survived out: each mutant meets the tests of its objective, the quickest first.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import type { Progress } from '../../cli/progress.ts';
import { type GeneratedFile, RULES_FILE } from '../compile/files.ts';
import type { Promtool } from '../compile/promtool.ts';
import type { RuleFile } from '../compile/rule.ts';
import { type Pair, split, yamlText } from '../compile/split.ts';
import { minutesIn } from '../lint/spec.ts';
import { type Mutant, mutantsOf } from './mutants.ts';

/** promtool processes at once: each uses a core. */
const AT_ONCE = 2;

export interface Fate extends Mutant {
  killed: boolean;
}

export interface MutationOptions {
  tool: Promtool;
  progress: Progress;
  signal: AbortSignal;
  /** Every n-th mutant only, from the first; 1 for all. */
  every?: number;
  /** Of this objective (or `blind`) only. */
  only?: string;
}

/** @param files what `compile` writes */
export async function runMutants(files: GeneratedFile[], options: MutationOptions): Promise<Fate[]> {
  const { progress, signal, every = 1, only } = options;
  const rulesText = files.find(({ name }) => name === RULES_FILE)!.text;
  const pairs = files.filter(({ name }) => name.endsWith('.test.yaml')).flatMap(({ text }) => split(rulesText, text));
  const all = mutantsOf(parse(rulesText) as RuleFile)
    .filter(({ group }) => only === undefined || subjectOf(group) === only)
    .filter((_, index) => index % every === 0);
  const folder = await mkdtemp(path.join(tmpdir(), 'slo-mutate-'));
  const fates: Fate[] = [];
  const waiting = all.entries();
  try {
    const work = async () => {
      for (const [index, mutant] of waiting) {
        signal.throwIfAborted();
        const dir = path.join(folder, String(index));
        await mkdir(dir);
        const killed = await isKilled(mutant, relevant(pairs, mutant), dir, options.tool);
        fates.push({ ...mutant, killed });
        if (!killed) progress.note(`survived: ${mutant.what}`);
        await rm(dir, { recursive: true });
        progress.tick(
          `${fates.length} of ${all.length} mutants, ${fates.filter((fate) => !fate.killed).length} survived`,
        );
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    signal.throwIfAborted();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return fates;
}

const subjectOf = (group: string) => group.replace(/^slo-/, '').replace(/-month$/, '');

/** The tests of its objective, the quickest file first: most mutants die at once. */
const relevant = (pairs: Pair[], { group }: Mutant) =>
  pairs.filter(({ about }) => about === subjectOf(group)).sort((a, b) => evaluations(a) - evaluations(b));

/** promtool evaluates from 0 to the last time that a test asks for. */
function evaluations({ tests: { tests, evaluation_interval: step } }: Pair): number {
  const last = (times: { eval_time: string }[]) => Math.max(0, ...times.map((one) => minutesIn(one.eval_time) ?? 0));
  const minutes = tests.reduce((sum, test) => sum + last(test.alert_rule_test), 0);
  return minutes / (minutesIn(step) ?? 1);
}

async function isKilled(mutant: Mutant, pairs: Pair[], dir: string, tool: Promtool): Promise<boolean> {
  for (const { rules, tests } of pairs) {
    const groups = rules.groups.map((group) =>
      group.name === mutant.group
        ? { ...group, rules: group.rules.map((rule, index) => (index === mutant.rule ? mutant.changed : rule)) }
        : group,
    );
    await writeFile(path.join(dir, 'rules.yaml'), yamlText({ groups }));
    await writeFile(path.join(dir, 'tests.yaml'), yamlText(tests));
    if (!(await tool.passes(path.join(dir, 'tests.yaml')))) return true;
  }
  return false;
}
