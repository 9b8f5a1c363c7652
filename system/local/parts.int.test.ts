import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { silent } from '../../cli/progress.ts';
import { endOrphans, startChild } from './child.ts';
import { scratchDir, startParts } from './parts.ts';
import { freePort } from './ports.ts';
import { findPostgres, query, startPostgres } from './postgres.ts';
import { cpuMsOfTrees, startTicks } from './proc.ts';
import { freshParts } from './testing.ts';

const scratch = await scratchDir();
after(() => scratch.remove());
const env = { PATH: process.env.PATH ?? '' };
const later = () => Promise.reject(new Error('never ready'));

test('PostgreSQL, MongoDB and Redis start, answer and end', async () => {
  const parts = await freshParts(['postgres', 'mongodb', 'redis'], { own: true });
  assert.deepEqual(
    parts.own.list.map((part) => part.name),
    ['postgres', 'mongodb', 'redis'],
  );
  const pids = parts.own.list.map((part) => part.pid!);
  await parts.close();
  assert.deepEqual(
    pids.map((pid) => startTicks(pid)),
    [undefined, undefined, undefined],
  );
});

test('without a PostgreSQL on PATH the one of the npm package is taken', async () => {
  const { local } = await import('./config.ts');
  const path = local.path.splice(0);
  try {
    const program = await findPostgres();
    assert.equal(program.from, 'cache');
    const part = await startPostgres({ dir: join(scratch.dir, 'embedded'), progress: silent });
    await query(part.url, 'create extension pg_stat_statements');
    await part.stop();
  } finally {
    local.path.push(...path);
  }
});

test('a part that the environment names but that is down is a usage failure, and nothing stays running', async () => {
  const { local } = await import('./config.ts');
  local.urls.redis = 'redis://127.0.0.1:1';
  try {
    await assert.rejects(startParts(['redis'], { dir: scratch.dir, progress: silent }), {
      code: 'part.unreachable',
      exitCode: 2,
    });
  } finally {
    local.urls.redis = undefined;
  }
});

test('a child that ends before it is ready is reported with its last lines', async () => {
  const command = [process.execPath, '-e', 'console.log("no licence today"); process.exit(7)'];
  const started = startChild({
    name: 'fussy',
    command,
    cwd: scratch.dir,
    env,
    logFile: join(scratch.dir, 'fussy.log'),
    ready: later,
  });
  await assert.rejects(started, (error: Error) => {
    assert.match(error.message, /fussy ended with exit code 7.*no licence today/s);
    return true;
  });
});

test('an aborted start ends the child', async () => {
  const abort = new AbortController();
  const logFile = join(scratch.dir, 'slow.log');
  const command = [process.execPath, '-e', 'console.log(process.pid); setInterval(() => {}, 1000)'];
  const started = startChild({
    name: 'slow',
    command,
    cwd: scratch.dir,
    env,
    logFile,
    ready: later,
    signal: abort.signal,
  });
  setTimeout(() => abort.abort(new Error('enough')), 500);
  await assert.rejects(started, /enough/);
  const { readFile } = await import('node:fs/promises');
  assert.equal(startTicks(Number(await readFile(logFile, 'utf8'))), undefined);
});

test('what a crashed run left is ended by the next start, and only that', async () => {
  const file = join(scratch.dir, 'crash.ts');
  const module = new URL('./child.ts', import.meta.url).href;
  await writeFile(
    file,
    `import { startChild } from '${module}';
     const child = await startChild({ name: 'left', command: [process.execPath, '-e', 'setInterval(() => {}, 1000)'], cwd: '/', env: {}, logFile: '${scratch.dir}/left.log', ready: async () => {} });
     console.log(child.pid);
     process.kill(process.pid, 'SIGKILL');`,
  );
  const crashed = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  crashed.stdout.on('data', (chunk) => (out += chunk));
  await new Promise((resolve) => crashed.on('close', resolve));
  const left = Number(out);
  assert.notEqual(startTicks(left), undefined, 'the child outlives the crash');
  const mine = await startChild({
    name: 'mine',
    command: [process.execPath, '-e', 'setInterval(() => {}, 1000)'],
    cwd: '/',
    env,
    logFile: join(scratch.dir, 'mine.log'),
    ready: async () => {},
  });
  try {
    await endOrphans();
    assert.equal(startTicks(left), undefined);
    assert.notEqual(startTicks(mine.pid), undefined);
  } finally {
    await mine.stop();
  }
  assert.equal(startTicks(mine.pid), undefined);
});

test('the CPU of a process counts its descendants, ended ones too', async () => {
  const burn = 'for (let u = process.cpuUsage(); u.user + u.system < 400_000; u = process.cpuUsage());';
  const script = `require('node:child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(burn)}]); console.log('burnt'); setInterval(() => {}, 1000)`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const cpuMs = cpuMsOfTrees([child.pid!]).get(child.pid!)!;
  child.kill('SIGKILL');
  assert.ok(cpuMs >= 400 && cpuMs < 1500, `${cpuMs} ms`);
});

test('a port in use is said with its number', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await assert.rejects(freePort(port, 'the api'), {
    code: 'port.in-use',
    message: `port ${port} for the api is in use`,
  });
  server.close();
});
