// `npm run slo -- test`: the rule tests on rules with one mistake each; the share that they find must be at least 95 %.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { type Command, type Context, type Outcome, positive, usage } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { table } from '../../cli/table.ts';
import { checkFiles } from '../compile/check-files.ts';
import { type GeneratedFile, generatedFiles, RULES_FILE } from '../compile/files.ts';
import { promtool } from '../compile/promtool.ts';
import type { RuleFile } from '../compile/rule.ts';
import { nothingChecked } from '../failures.ts';
import { readAllObjectives } from '../objectives/read.ts';
import { objectivesDir, rulesDir } from '../paths.ts';
import { KINDS, mutantsOf } from './mutants.ts';
import { type Fate, runMutants } from './run.ts';
import { fingerprint, MIN_KILLED, type SavedScore, type Score, scoreOf, type Tally } from './score.ts';

const SCORE_FILE = path.join(import.meta.dirname, 'score.json');

export const command: Command = {
  name: 'slo -- test',
  summary: 'Puts one mistake at a time into the rules: do their tests find it?',
  words: '[objective…]',
  options: {
    every: { type: 'string', value: 'N', help: 'only every N-th of the mistakes' },
    save: { type: 'boolean', help: 'write the result of a whole run to slo/mutate/score.json' },
  },
  examples: [
    { line: 'npm run slo -- test latency', does: 'every mistake in the rules of one objective' },
    { line: 'npm run slo -- test --every 20', does: 'a twentieth of the mistakes in all rules' },
    { line: 'npm run slo -- test --save', does: 'all of them, and the result as committed data' },
  ],
  run: testRules,
};

async function testRules(context: Context): Promise<Outcome> {
  const { words, options, progress, signal } = context;
  if (options.save && (words.length > 0 || options.every !== undefined)) {
    throw usage('--save is for a whole run', 'leave out the objectives and --every');
  }
  const startedAt = Date.now();
  const objectives = await readAllObjectives(objectivesDir);
  const files = generatedFiles(objectives);
  await checkFiles(rulesDir, files, objectives.length, context);
  const every = options.every === undefined ? 1 : positive('every', options.every, 'mutants');
  const tool = await promtool(signal);
  progress.step(`promtool ${tool.version}: one mistake at a time`);
  const fates: Fate[] = [];
  for (const only of words.length > 0 ? words : [undefined]) {
    fates.push(...(await runMutants(files, { tool, progress, signal, every, ...(only !== undefined && { only }) })));
  }
  if (fates.length === 0) throw nothingChecked('mutants');
  const score = scoreOf(fates);
  if (options.save) await save(files, score, tool.version, startedAt);
  return {
    exitCode: score.killedRatio >= MIN_KILLED ? EXIT.pass : EXIT.regression,
    data: score,
    text: [
      table(
        ['changed', 'mutants', 'equivalent', 'killed'],
        KINDS.map((kind) => row(kind, score.byKind[kind])),
      ),
      ...proofs(fates),
      ...score.survivors.map((what) => `survived: ${what}`),
      `${score.killed} of ${score.mutants - score.equivalent} mutants killed: ${percent(score)} (at least ${MIN_KILLED * 100} %); ` +
        `${score.equivalent} more are proven to change nothing, and none of these was killed`,
      options.save ? 'written: slo/mutate/score.json' : 'next: npm run slo -- test --save writes slo/mutate/score.json',
    ].join('\n'),
  };
}

const row = (kind: string, { mutants, equivalent, killed }: Tally) => [kind, mutants, equivalent, killed].map(String);

const percent = ({ killedRatio }: Score) => `${(killedRatio * 100).toFixed(1)} %`;

/** Each reason once, with how many it holds for. */
const proofs = (fates: readonly Fate[]) =>
  Object.entries(Object.groupBy(fates, ({ equivalent }) => equivalent ?? '')).flatMap(([why, list]) =>
    why === '' ? [] : [`equivalent (${list!.length}): ${why}`],
  );

async function save(files: GeneratedFile[], score: Score, version: string, startedAt: number): Promise<void> {
  const rules = parse(files.find(({ name }) => name === RULES_FILE)!.text) as RuleFile;
  const git = await promisify(execFile)('git', ['rev-parse', 'HEAD'], { cwd: import.meta.dirname }).catch(
    () => undefined,
  );
  const [cpu] = cpus();
  const saved: SavedScore = {
    about: fingerprint(files, mutantsOf(rules)),
    commit: git?.stdout.trim() ?? 'unknown',
    date: new Date(startedAt).toISOString().slice(0, 10),
    machine: `${cpus().length} x ${cpu?.model ?? 'unknown'}`,
    promtool: version,
    minutes: Number(((Date.now() - startedAt) / 60_000).toFixed(1)),
    ...score,
  };
  await writeFile(SCORE_FILE, `${JSON.stringify(saved, null, 2)}\n`);
}
