// The proof of the generated files: fresh, accepted by promtool and amtool, and their tests pass.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Context, Outcome } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { nothingChecked, stale } from '../failures.ts';
import { checkAlertmanager } from './amtool.ts';
import { ALERTMANAGER_FILE, type GeneratedFile, RULES_FILE } from './files.ts';
import { type Promtool, promtools } from './promtool.ts';
import { split, yamlText } from './split.ts';

/** promtool processes at once: it uses a whole core for each. */
const AT_ONCE = 2;

/**
 * @param rulesDir where the generated files are; @param objectives how many there are, for the report
 * @param version3 whether Prometheus 3 is built when it is not there: where it is, both must accept and agree in any case
 */
export async function checkFiles(
  rulesDir: string,
  files: GeneratedFile[],
  objectives: number,
  context: Pick<Context, 'progress' | 'signal'>,
  version3 = false,
): Promise<Outcome> {
  const old: string[] = [];
  for (const { name, text } of files) {
    const written = await readFile(path.join(rulesDir, name), 'utf8').catch(() => undefined);
    if (written !== text) old.push(`slo/rules/${name}`);
  }
  if (old.length > 0) throw stale(old);
  const tools = await promtools(version3, context.progress, context.signal);
  let [rules, tests] = [0, 0];
  for (const tool of tools) {
    context.progress.step(`promtool ${tool.version}: checking ${RULES_FILE}`);
    rules = await tool.checkRules(path.join(rulesDir, RULES_FILE));
    if (rules === 0) throw nothingChecked('rules');
    tests = await runTests(tool, files, context.progress);
    if (tests === 0) throw nothingChecked('rule tests');
  }
  const amtool = await checkAlertmanager(path.join(rulesDir, ALERTMANAGER_FILE), context.signal);
  const routes = amtool ? `routes accepted (amtool ${amtool})` : 'routes not checked: amtool is not on PATH';
  const versions = tools.map(({ version }) => version);
  return {
    exitCode: EXIT.pass,
    data: { objectives, rules, tests, promtool: versions, amtool: amtool ?? null },
    text: [
      `${objectives} objectives, ${rules} rules, ${tests} rule tests: fresh, accepted and passed (promtool ${versions.join(' and ')}); ${routes}`,
      ...(versions.some((version) => version.startsWith('3.')) ? [] : ['next: npm run slo -- check --prometheus 3']),
    ].join('\n'),
  };
}

/** Runs every test, each with the rules that it is about, and gives back how many there were. Throws a Failure when one fails. */
async function runTests(tool: Promtool, files: GeneratedFile[], progress: Context['progress']): Promise<number> {
  const rules = files.find(({ name }) => name === RULES_FILE)!.text;
  const pairs = files
    .filter(({ name }) => name.endsWith('.test.yaml'))
    .flatMap(({ name, text }) => split(rules, text).map((pair) => ({ ...pair, file: name })));
  const folder = await mkdtemp(path.join(tmpdir(), 'slo-check-'));
  const waiting = pairs.entries();
  try {
    const work = async () => {
      for (const [index, { file, about, rules, tests }] of waiting) {
        const dir = path.join(folder, String(index));
        progress.step(`promtool ${tool.version}: ${tests.tests.length} tests of ${about}, ${file}`);
        await mkdir(dir);
        await writeFile(path.join(dir, 'rules.yaml'), yamlText(rules));
        await writeFile(path.join(dir, 'tests.yaml'), yamlText(tests));
        await tool.testRules(path.join(dir, 'tests.yaml'));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return pairs.reduce((sum, { tests }) => sum + tests.tests.length, 0);
}
