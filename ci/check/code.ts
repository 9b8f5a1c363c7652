// Checks of our own code: types, lint and format, layering, and the two rules on the environment and the time.
import { glob, readFile } from 'node:fs/promises';
import { type Checked, problemsOf, tool } from './tools.ts';

const ROOMS = ['cli', 'system', 'loadtests', 'slo', 'dashboards', 'ci'];

/** Somebody else's ways of writing the same service, with packages of their own that only the benchmarks install. */
const RIVALS = 'system/bench/rivals/';

/** Every TypeScript file of the project. */
export async function sources(): Promise<string[]> {
  const files = await Array.fromAsync(glob(`{${ROOMS.join(',')}}/**/*.ts`));
  return ['cli.ts', ...files.filter((file) => !file.startsWith(RIVALS))].sort();
}

export async function types(): Promise<Checked> {
  const result = await tool('tsc', ['--noEmit', '--pretty', 'false']);
  const { output } = await tool('tsc', ['--noEmit', '--listFilesOnly']);
  const count = output.split('\n').filter((line) => line.endsWith('.ts') && !line.includes('node_modules')).length;
  return { count, unit: 'files', problems: problemsOf(result) };
}

export async function lint(): Promise<Checked> {
  const result = await tool('biome', ['ci', '--colors=off', '.']);
  return {
    count: Number(/Checked (\d+) file/.exec(result.output)?.[1] ?? 0),
    unit: 'files',
    problems: problemsOf(result),
  };
}

/** dependency-cruiser passes when it cannot read a single module, so its modules are counted against the tree. */
export async function layering(): Promise<Checked> {
  const result = await tool('depcruise', [
    '--config',
    '.dependency-cruiser.mjs',
    '--output-type',
    'json',
    'cli.ts',
    ...ROOMS,
  ]);
  const json = /^\{[\s\S]*^\}/m.exec(result.output)?.[0];
  if (!json) return { count: 0, unit: 'modules', problems: problemsOf({ code: 1, output: result.output }) };
  const { modules, summary } = JSON.parse(json) as Cruise;
  const seen = new Set(modules.map((module) => module.source));
  const unseen = (await sources()).filter((file) => !seen.has(file));
  return {
    count: modules.filter((module) => ROOMS.some((room) => module.source.startsWith(`${room}/`))).length,
    unit: 'modules',
    problems: [
      ...summary.violations.map((found) => `${found.rule.name}: ${found.from} -> ${found.to}`),
      ...unseen.map((file) => `${file} was not read by dependency-cruiser`),
    ],
  };
}

interface Cruise {
  modules: { source: string }[];
  summary: { violations: { rule: { name: string }; from: string; to: string }[] };
}

/** In system/, but not of the running system: what starts it, measures it or tests it may look at the time. */
const BESIDE_THE_SYSTEM = /^system\/(local|bench)\/|\/testing[^/]*\.ts$/;

/** Only config.ts files read the environment; in system/ only clock.ts reads the time. */
export async function edges(): Promise<Checked> {
  // A service in testdata is somebody else's: our rules are not its rules.
  const files = (await sources()).filter((file) => !file.endsWith('.test.ts') && !file.includes('/testdata/'));
  const problems: string[] = [];
  for (const file of files) {
    const lines = (await readFile(file, 'utf8')).split('\n');
    const mustNotReadTime = file.startsWith('system/') && !BESIDE_THE_SYSTEM.test(file) && file !== 'system/clock.ts';
    for (const [index, line] of lines.entries()) {
      const code = line.replace(/\/\/.*|^\s*\*.*/, '');
      if (/process\.env\b|\b__ENV\b/.test(code) && !file.endsWith('config.ts'))
        problems.push(`${file}:${index + 1} reads the environment: only config.ts files do`);
      if (mustNotReadTime && /Date\.now\(|new Date\(\)|performance\.now\(|hrtime/.test(code))
        problems.push(`${file}:${index + 1} reads the time: take a Clock`);
    }
  }
  return { count: files.length, unit: 'files', problems };
}
