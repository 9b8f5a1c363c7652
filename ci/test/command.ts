// `npm test`: finds or starts what the tests need, runs every file (or those of one kind or path), ends with counts.
import { glob } from 'node:fs/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { type Command, type Context, type Outcome, usage } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { findK6 } from '../../system/local/k6.ts';
import { SHARED_PARTS, scratchDir, startParts } from '../../system/local/parts.ts';
import { findPrometheus } from '../../system/local/prometheus.ts';
import { shareWithTests } from './config.ts';

const KINDS = ['unit', 'int', 'e2e'];
/** One file may start servers, databases and a load of some seconds, on a machine that is busy. */
const FILE_TIMEOUT_MS = 10 * 60_000;

export const command: Command = {
  name: 'test',
  summary: 'Sets up and runs the tests: unit (nothing needed), int (real servers), e2e (a load engine).',
  words: '[unit | int | e2e | PATH ...]',
  options: {},
  examples: [
    { line: 'npm test', does: 'everything' },
    { line: 'npm test -- unit', does: 'only *.unit.test.ts: seconds' },
    { line: 'npm test -- system/relay', does: 'every test below that folder' },
  ],
  run: runTests,
};

async function runTests({ words, json, progress, signal }: Context): Promise<Outcome> {
  const files = await testFiles(words);
  const scratch = await scratchDir();
  const isReal = files.some((file) => !file.includes('.unit.'));
  if (isReal) progress.step('starting the servers that the tests share');
  const parts = isReal
    ? await startParts(SHARED_PARTS, { dir: scratch.dir, progress, signal, ignoreEnvironment: true })
    : undefined;
  try {
    if (isReal) await Promise.all([findK6(progress), findPrometheus('promtool')]);
    shareWithTests(parts?.urls ?? {});
    progress.step(`running ${files.length} test files`);
    const counts = await runFiles(files, json ? process.stderr : process.stdout, signal);
    const passed = counts.passed > 0 && counts.failed === 0;
    return {
      exitCode: passed ? EXIT.pass : EXIT.regression,
      data: { files: files.length, ...counts },
      text: `${counts.passed} passed, ${counts.failed} failed`,
    };
  } finally {
    await parts?.stop();
    await scratch.remove();
  }
}

async function testFiles(words: string[]): Promise<string[]> {
  const all = await Array.fromAsync(glob('{cli,system,loadtests,slo,dashboards,ci}/**/*.{unit,int,e2e}.test.ts'));
  const wanted = (file: string) =>
    words.length === 0 ||
    words.some((word) =>
      KINDS.includes(word) ? file.includes(`.${word}.test.`) : file.startsWith(word.replace(/^\.\//, '')),
    );
  // What needs least comes first, so that a plain mistake is said first.
  const kind = (file: string) => KINDS.findIndex((name) => file.includes(`.${name}.test.`));
  const files = all.filter(wanted).sort((a, b) => kind(a) - kind(b) || a.localeCompare(b));
  if (files.length === 0)
    throw usage(
      `no test file matches "${words.join(' ')}"`,
      `one of ${KINDS.join(', ')}, or the path of a folder or file`,
    );
  return files;
}

function runFiles(
  files: string[],
  out: NodeJS.WriteStream,
  signal: AbortSignal,
): Promise<{ passed: number; failed: number }> {
  return new Promise((resolve, reject) => {
    const counts = { passed: 0, failed: 0 };
    // One file at a time: the machine has few cores, and tests that measure must not disturb each other.
    const stream = run({ files, concurrency: 1, timeout: FILE_TIMEOUT_MS, signal });
    const isCase = (data: { name: string; details: { type?: string }; skip?: unknown; todo?: unknown }) =>
      data.details.type !== 'suite' && !files.some((file) => data.name.endsWith(file));
    stream.on('test:pass', (data) => {
      if (isCase(data) && data.skip === undefined) counts.passed++;
    });
    stream.on('test:fail', () => counts.failed++);
    const report = stream.compose(spec);
    report.on('error', reject);
    report.on('end', () => (signal.aborted ? reject(signal.reason) : resolve(counts)));
    report.pipe(out, { end: false });
  });
}
