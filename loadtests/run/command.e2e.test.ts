// The commands as a user types them, on a small service of our own.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { startTruthServer } from '../testdata/start.ts';
import { Histogram } from './histogram.ts';
import { readRun } from './read.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const SERVICE = 'loadtests/testdata/system/service.yaml';

let dir: string;
before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'ams-perf-command-'));
});
after(() => rm(dir, { recursive: true, force: true }));

function start(...words: string[]) {
  const child = spawn(process.execPath, [path.join(ROOT, 'cli.ts'), ...words], { cwd: ROOT });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  const ended = once(child, 'close').then(([exitCode]) => ({ exitCode: exitCode as number, out, err }));
  return { child, ended, err: () => err };
}
const run = (...words: string[]) => start(...words).ended;

test('load starts the service, measures, writes one result and says that an objective is missed', async () => {
  const { exitCode, out, err } = await run(
    'load',
    'smoke',
    '--service',
    SERVICE,
    '--seed',
    '7',
    '--out',
    dir,
    '--json',
  );
  const printed = JSON.parse(out);
  const result = JSON.parse(await readFile(path.join(dir, 'result.json'), 'utf8'));
  assert.equal(result.schema, 'amsperf/run/v2');
  assert.deepEqual(printed.folded, result.folded);
  const { server, calibration, environment, folded } = await readRun(dir);
  assert.deepEqual(
    server.panels.map(({ title, lines }) => [title, lines.map(({ name }) => name).join()]),
    [
      ['CPU by process', 'server'],
      ['Memory by process', 'server'],
      ['Requests so far', 'server'],
    ],
  );
  assert.ok(calibration!.ratePerSecond === 50 && calibration!.serviceP50Ms > 0, JSON.stringify(calibration));
  assert.equal(environment.node, process.versions.node);
  if (result.stopped === null) assert.equal(folded.windows.list.length, 8);
  assert.match(await readFile(path.join(dir, 'report.html'), 'utf8'), /Requests so far/);
  // The service fails 5 % of its answers; on a busy machine the run may also be INVALID and says why.
  if (result.validity.valid) assert.deepEqual([exitCode, printed.verdict], [99, 'MISSED'], err);
  else assert.deepEqual([exitCode, printed.verdict], [4, 'INVALID'], err);
  assert.equal(result.plan.seed, 7);
  assert.deepEqual(result.audit.checked, false);
  assert.ok(Histogram.fromJSON(result.lag.lag).count > 0);
  assert.ok(result.cpuMs.server > 0);
  const { planned, service } = result.folded.total;
  assert.equal(Histogram.fromJSON(service).count, planned);
});

test('load against a target measures for as long as it is told, and says in words that the audit is not checked', async () => {
  const server = await startTruthServer('failing');
  try {
    const words = ['load', 'smoke', '--service', SERVICE, '--target', server.baseUrl, '--seconds', '2', '--out', dir];
    const { out } = await run(...words);
    assert.match(out, /^(VALID|INVALID): smoke, 50 requests\/s for 2 s, seed \d+/);
    assert.match(out, /audit: not checked \(the service file names no audit hook\)/);
    assert.match(out, /statuses: .*503: \d+/);
    assert.match(out, /\ntotal +\d+ +\d+/);
    assert.match(out, /next: npm run /);
  } finally {
    await server.stop();
  }
});

test('saturate prints the highest rate of an endpoint', async () => {
  const words = ['saturate', 'member-card', '--service', SERVICE, '--connections', '4', '--seconds', '1', '--out', dir];
  const { exitCode, out } = await run(...words, '--json');
  const printed = JSON.parse(out);
  // 5 % of the answers fail, which is no rate that the service can serve.
  assert.deepEqual([exitCode, printed.valid, printed.reasons[0].code], [4, false, 'target.failing']);
  assert.deepEqual(
    printed.levels.map((level: { connections: number }) => level.connections),
    [1, 4],
  );
});

const mistakes: [what: string, words: string[], code: string][] = [
  ['no scenario', ['load'], 'usage'],
  ['an unknown scenario', ['load', 'peek'], 'scenario.unknown'],
  ['a seed that is none', ['load', 'smoke', '--seed', 'x'], 'usage'],
  ['a duration that is none', ['load', 'smoke', '--seconds', 'x'], 'usage'],
  ['a target that is no URL', ['load', 'smoke', '--target', 'here'], 'target.malformed'],
  ['a target that is down', ['load', 'smoke', '--target', 'http://127.0.0.1:9'], 'target.down'],
  ['a replica of a target', ['load', 'smoke', '--replica', '--target', 'http://127.0.0.1:9'], 'usage'],
  ['a replica of a service that has none', ['load', 'smoke', '--replica', '--service', SERVICE], 'service.malformed'],
  ['an unknown endpoint', ['saturate', 'members'], 'usage'],
  ['a service file that is not there', ['load', 'smoke', '--service', 'none.yaml'], 'service.malformed'],
];
for (const [what, words, code] of mistakes) {
  test(`${what} ends with exit code 2, one line what and one line what to do`, async () => {
    const { exitCode, err, out } = await run(...words);
    assert.equal(exitCode, 2, err);
    assert.match(err, new RegExp(`^${code}: .+\nhint: .+\n$`, 'm'));
    assert.equal(out, '');
  });
}

for (const [what, blocks] of [
  ['the plan', 16],
  ['the report', 100],
] as const) {
  test(`a disk without room for ${what} ends with a failure that says so, and leaves no result`, async () => {
    const out = path.join(dir, `full-${blocks}`);
    const words = [path.join(ROOT, 'cli.ts'), 'load', 'smoke', '--service', SERVICE, '--out', out];
    // The largest file that may be written, in blocks of 512 bytes: to a program the same as a full disk.
    const limited = `ulimit -f ${blocks}; trap "" XFSZ; exec "$0" "$@"`;
    const child = spawn('sh', ['-c', limited, process.execPath, ...words], { cwd: ROOT });
    let err = '';
    child.stderr.on('data', (chunk) => (err += chunk));
    const [exitCode] = await once(child, 'close');
    assert.equal(exitCode, 4, err);
    assert.match(err, /^result\.not-written: .+\nhint: is the disk full\?/m);
    await assert.rejects(readRun(out), { code: 'result.malformed' });
  });
}

test('Ctrl-C in the middle ends what was started, says where the partial results are, and leaves no result', async () => {
  const out = path.join(dir, 'interrupted');
  const running = start('load', 'smoke', '--service', SERVICE, '--out', out);
  while (!/[1-9]\d* of \d+ requests/.test(running.err())) {
    assert.equal(running.child.exitCode, null, running.err());
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const port = /server on port (\d+)/.exec(running.err())![1];
  running.child.kill('SIGINT');
  const { exitCode, err } = await running.ended;
  assert.equal(exitCode, 130);
  assert.match(err, /partial samples and logs: /);
  const partial = await readRun(path.join(out, 'partial.json'));
  assert.deepEqual(
    partial.validity.reasons.map(({ code }) => code),
    ['interrupted'],
  );
  assert.ok(partial.folded.warmUp.started + partial.folded.total.started > 0);
  assert.match(await readFile(path.join(out, 'report.html'), 'utf8'), /INVALID/);
  await assert.rejects(fetch(`http://127.0.0.1:${port}/health`));
  await assert.rejects(readFile(path.join(out, 'result.json')), { code: 'ENOENT' });
});
