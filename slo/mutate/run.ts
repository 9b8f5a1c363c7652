// Mutants and rule tests in, what became of each out. Many mutants stand side by side in one rule file, so that promtool judges
// them at once; it names those that fail a test.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import type { Progress } from '../../cli/progress.ts';
import { type GeneratedFile, RULES_FILE } from '../compile/files.ts';
import type { Promtool } from '../compile/promtool.ts';
import type { Rule, RuleFile } from '../compile/rule.ts';
import { type Pair, split } from '../compile/split.ts';
import { refused, wronglyProven } from '../failures.ts';
import { minutesIn } from '../lint/spec.ts';
import { type Mutant, mutantsOf } from './mutants.ts';
import { type Numbered, namedIn, withMutants } from './schema.ts';

/** promtool processes at once: each uses a core. */
const AT_ONCE = 2;
/** Mutants in one process: what the traffic of a test costs to read is shared by so many. */
const BATCH = 250;

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

/**
 * Every mutant with its fate, in the order of the rules. Throws a Failure when one is killed that was proven to be equivalent.
 * @param files what `compile` writes; their tests must pass
 */
export async function runMutants(files: GeneratedFile[], options: MutationOptions): Promise<Fate[]> {
  const { progress, signal, every = 1, only } = options;
  const rulesText = files.find(({ name }) => name === RULES_FILE)!.text;
  const rules = parse(rulesText) as RuleFile;
  const pairs = files.filter(({ name }) => name.endsWith('.test.yaml')).flatMap(({ text }) => split(rulesText, text));
  const all = mutantsOf(rules)
    .filter(({ group }) => only === undefined || subjectOf(group) === only)
    .filter((_, index) => index % every === 0)
    .map((mutant, id): Numbered => ({ ...mutant, id }));
  const folder = await mkdtemp(path.join(tmpdir(), 'slo-mutate-'));
  const killed = new Set<number>();
  let judged = 0;
  const waiting = batchesOf(all).entries();
  try {
    const work = async () => {
      for (const [index, batch] of waiting) {
        const dir = path.join(folder, String(index));
        await mkdir(dir);
        for (const id of await killedOf(batch, pairs, rules, dir, options)) killed.add(id);
        judged += batch.length;
        progress.tick(`${judged} of ${all.length} mutants, ${judged - killed.size} not killed`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    signal.throwIfAborted();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const fates = all.map(({ id, ...mutant }): Fate => ({ ...mutant, killed: killed.has(id) }));
  const wrong = fates.find((fate) => fate.killed && fate.equivalent !== undefined);
  if (wrong) throw wronglyProven(wrong.what, wrong.equivalent!);
  return fates;
}

const subjectOf = (group: string) => group.replace(/^slo-/, '').replace(/-month$/, '');

/** Mutants of one objective together: they meet the same tests. */
function batchesOf(mutants: Numbered[]): Numbered[][] {
  return Object.values(Object.groupBy(mutants, ({ group }) => subjectOf(group))).flatMap((mine) =>
    Array.from({ length: Math.ceil(mine!.length / BATCH) }, (_, index) =>
      mine!.slice(index * BATCH, (index + 1) * BATCH),
    ),
  );
}

/** Those that some test finds. The tests with the fewest evaluations come first, and the others meet only who is left. */
async function killedOf(
  batch: Numbered[],
  pairs: Pair[],
  rules: RuleFile,
  dir: string,
  { tool, signal }: MutationOptions,
): Promise<Set<number>> {
  const killed = new Set<number>();
  for (const pair of [...pairs].sort((a, b) => evaluations(a) - evaluations(b))) {
    for (let again = true; again; ) {
      signal.throwIfAborted();
      const left = batch
        .filter(({ id }) => !killed.has(id))
        .flatMap((mutant) => {
          const original = inPair(pair, mutant, rules);
          return original ? [{ mutant, original }] : [];
        });
      if (left.length === 0) break;
      const file = withMutants(pair, left);
      await writeFile(path.join(dir, 'rules.yaml'), JSON.stringify(file.rules));
      await writeFile(path.join(dir, 'tests.yaml'), JSON.stringify(file.tests));
      const { passed, output } = await tool.judge(path.join(dir, 'tests.yaml'));
      if (passed) break;
      const named = namedIn(output);
      if (named.size === 0) throw refused(`promtool test rules (mutants of ${pair.about})`, output);
      for (const id of named) killed.add(id);
      again = endedEarly(output);
    }
  }
  return killed;
}

/** An error in one mutant's evaluation, or in its text, ends a test before the others are judged: again without it. */
const endedEarly = (output: string) => /\berr: |could not parse|parse error/.test(output);

/** The rule that was changed, where the tests of the pair have it. */
function inPair({ rules: { groups } }: Pair, { group, rule }: Mutant, whole: RuleFile): Rule | undefined {
  const text = JSON.stringify(whole.groups.find(({ name }) => name === group)!.rules[rule]);
  return groups.find(({ name }) => name === group)?.rules.find((one) => JSON.stringify(one) === text);
}

/** promtool evaluates from 0 to the last time that a test asks for. */
function evaluations({ tests: { tests, evaluation_interval: step } }: Pair): number {
  const last = (times: { eval_time: string }[]) => Math.max(0, ...times.map((one) => minutesIn(one.eval_time) ?? 0));
  const minutes = tests.reduce(
    (sum, test) => sum + last([...test.alert_rule_test, ...(test.promql_expr_test ?? [])]),
    0,
  );
  return minutes / (minutesIn(step) ?? 1);
}
