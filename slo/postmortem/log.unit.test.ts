import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { readAllObjectives } from '../objectives/read.ts';
import { objectivesDir } from '../paths.ts';
import { countLog, logFilter } from './log.ts';
import { logLine } from './testing.ts';
import { secondsOf } from './units.ts';

const objectives = await readAllObjectives(objectivesDir);
const span = { fromSeconds: secondsOf('2026-11-20T10:04:00Z'), toSeconds: secondsOf('2026-11-20T10:29:00Z') };
const filterOf = (name: string) => logFilter(objectives.find((one) => one.name === name)!, span);

const folder = await mkdtemp(path.join(tmpdir(), 'postmortem-log-'));
after(() => rm(folder, { recursive: true }));
async function counted(name: string, lines: string[]) {
  const file = path.join(folder, `${name}.jsonl`);
  await writeFile(file, lines.join('\n'));
  return countLog(file, filterOf(name)!);
}

const READ = '/api/v1/members/:memberId';

test('the bad requests of the errors objective are the 5xx of the main API inside the span, by tenant', async () => {
  const lines = [
    logLine({ time: '10:03:59', tenant: 'academy-9', status: 500 }),
    logLine({ time: '10:04:00', tenant: 'academy-1', status: 500 }),
    logLine({ time: '10:10:00', tenant: 'academy-1', status: 503, route: READ }),
    logLine({ time: '10:28:59', tenant: 'academy-2', status: 500 }),
    logLine({ time: '10:29:00', tenant: 'academy-9', status: 500 }),
    logLine({ time: '10:10:00', tenant: 'academy-3', status: 404 }),
    logLine({ time: '10:10:00', tenant: 'academy-4', status: 503, route: '/actuator/health' }),
    '{"level":"info","message":"started","timestamp":"2026-11-20T10:10:00Z","detail":{}}',
    'no JSON',
    '',
  ];
  assert.deepEqual(await counted('errors', lines), { requests: 3, tenants: 2 });
});

test('the bad requests of a latency objective are the slow ones, whatever was answered', async () => {
  const lines = [
    logLine({ time: '10:10:00', tenant: 'academy-1', status: 200, elapsedMs: 300 }),
    logLine({ time: '10:10:01', tenant: 'academy-1', status: 200, elapsedMs: 300.1 }),
    logLine({ time: '10:10:02', tenant: 'academy-2', status: 404, elapsedMs: 900, route: READ }),
  ];
  assert.deepEqual(await counted('latency', lines), { requests: 2, tenants: 2 });
});

test('an objective of one route counts that route alone, though its name has signs of regular expressions', async () => {
  const lines = [
    logLine({ time: '10:10:00', tenant: 'academy-1', status: 200, elapsedMs: 751 }),
    logLine({ time: '10:10:00', tenant: 'academy-2', status: 200, elapsedMs: 751, route: READ }),
  ];
  assert.deepEqual(await counted('check-in-burst', lines), { requests: 1, tenants: 1 });
});

test('objectives that count no requests have nothing to look for in the log', () => {
  for (const name of ['availability', 'freshness', 'notifications']) assert.equal(filterOf(name), undefined, name);
});

test('a file that is no log, and none at all, are told apart', async () => {
  await assert.rejects(counted('errors', ['nothing', '{"a":1}']), { code: 'postmortem.not-a-log', exitCode: 2 });
  await assert.rejects(countLog(path.join(folder, 'none'), filterOf('errors')!), { code: 'postmortem.no-log' });
});
