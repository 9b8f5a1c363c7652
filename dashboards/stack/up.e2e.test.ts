// `npm run stack` as a user types it: everything answers, an alert reaches the pager of this terminal, and the end leaves nothing.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../system/local/ports.ts';
import { runningState } from './state.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const LONGEST_MS = 120_000;
const ports = { api: await freePort(), prometheus: await freePort(), alertmanager: await freePort() };
/** One stack a checkout: somebody's own is left alone. */
const skip = (await runningState()) ? 'a stack of this checkout runs' : false;

function start(...words: string[]) {
  const child = spawn(process.execPath, [path.join(ROOT, 'cli.ts'), 'stack', ...words], { cwd: ROOT });
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (said.out += chunk));
  child.stderr.on('data', (chunk) => (said.err += chunk));
  return { child, said, ended: once(child, 'close').then(([exitCode]) => exitCode as number) };
}

async function run(...words: string[]) {
  const { said, ended } = start(...words);
  return { exitCode: await ended, ...said };
}

async function until(holds: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
  const endsAtMs = performance.now() + LONGEST_MS;
  while (!(await holds())) {
    assert.ok(performance.now() < endsAtMs, what());
    await sleep(100);
  }
}

let up: ReturnType<typeof start>;
before(async () => {
  if (skip) return;
  const where = ['--port', ports.api, '--prometheus-port', ports.prometheus, '--alertmanager-port', ports.alertmanager];
  up = start('up', '--replica', ...where.map(String));
  await until(
    () => up.said.err.includes('Ctrl-C ends it') || up.child.exitCode !== null,
    () => up.said.err,
  );
  assert.equal(up.child.exitCode, null, up.said.err);
});
after(async () => {
  up?.child.kill('SIGTERM');
  await up?.ended;
});

test('status names every process and part, and each answers; the table of the start names them, too', {
  skip,
}, async () => {
  const { exitCode, out } = await run('status', '--json');
  assert.equal(exitCode, 0, out);
  const { endpoints } = JSON.parse(out) as { endpoints: { name: string; url: string; answers: string }[] };
  const names = [
    'api',
    'worker',
    'prometheus',
    'alertmanager',
    'blackbox',
    'postgres',
    'mongodb',
    'redis',
    'postgres-replica',
  ];
  assert.deepEqual(
    endpoints.map(({ name }) => name),
    names,
  );
  for (const { name, url, answers } of endpoints) {
    assert.ok(up.said.err.includes(url), `${name} at ${url}:\n${up.said.err}`);
    assert.equal(answers, /^(api|worker|prometheus|alertmanager|blackbox)$/.test(name) ? 'up' : '', name);
  }
});

test('Prometheus has every rule file, probes the front door and tells Alertmanager; a page is told on the terminal, by its receiver', {
  skip,
}, async () => {
  const ask = async (what: string) =>
    ((await (await fetch(`http://127.0.0.1:${ports.prometheus}/api/v1/${what}`)).json()) as { data: never }).data;
  const { groups } = (await ask('rules')) as { groups: { file: string; rules: { type: string }[] }[] };
  assert.ok(groups.some(({ file }) => file.endsWith('ams.rules.yaml')));
  assert.ok(groups.flatMap(({ rules }) => rules).some(({ type }) => type === 'alerting'));
  type Vector = { result: { metric: { instance: string }; value: [number, string] }[] };
  const probed = async () => ((await ask('query?query=probe_success{job="probe"}')) as Vector).result;
  await until(
    async () => (await probed()).some(({ metric, value }) => metric.instance === 'front door' && value[1] === '1'),
    () => 'the front door was never seen open',
  );
  const alertmanager = `http://127.0.0.1:${ports.alertmanager}`;
  // Found by Prometheus some seconds after its start.
  const told = async () =>
    ((await ask('alertmanagers')) as { activeAlertmanagers: { url: string }[] }).activeAlertmanagers;
  await until(
    async () => (await told()).some(({ url }) => url === `${alertmanager}/api/v2/alerts`),
    () => 'Prometheus tells no Alertmanager',
  );

  const labels = { alertname: 'Rehearsal', slo: 'rehearsal', severity: 'sev-1', notify: 'page', tier: '1h' };
  const taken = await fetch(`${alertmanager}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ labels, annotations: { impact: 'None: this is a test.' } }]),
  });
  assert.equal(taken.status, 200, await taken.text());
  const line = 'page-sev-1: FIRING Rehearsal (1h). None: this is a test.';
  await until(
    () => up.said.err.includes(line),
    () => up.said.err,
  );
});

test('down ends it, and nothing of it answers any more', { skip }, async () => {
  assert.equal((await run('down')).exitCode, 0);
  assert.equal(await up.ended, 0);
  for (const port of Object.values(ports)) await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
  assert.equal((await run('status')).exitCode, 2);
});
