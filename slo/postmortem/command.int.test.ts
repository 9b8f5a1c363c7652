// The command as a person gives it, on the planted incident: what it writes, what it refuses, what it ends with.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { type Context, readWords } from '../../cli/command.ts';
import { silent } from '../../cli/progress.ts';
import { command } from './command.ts';
import { readRecords } from './records.ts';
import { plantedRecording } from './testing.ts';

const signal = new AbortController().signal;
const folder = await mkdtemp(path.join(tmpdir(), 'postmortem-command-'));
const recording = path.join(folder, 'incident.om');
await writeFile(recording, plantedRecording());
after(() => rm(folder, { recursive: true }));

const contextOf = (...argv: string[]): Context => ({ ...readWords(command, argv, signal), progress: silent });
const run = (...argv: string[]) => command.run(contextOf(...argv));

test('the command writes a record once and never over one that exists, and the source is named by it', async () => {
  const records = path.join(folder, 'mine');
  const words = ['ErrorBudgetBurn', '--source', recording, '--records', records, '--reports', folder];
  const { exitCode, text } = await run(...words);
  assert.equal(exitCode, 0);
  assert.match(text, /6,400/);
  const record = path.join(records, '2026-11-20-error-budget-burn');
  const before = await readFile(path.join(record, 'postmortem.md'), 'utf8');
  await assert.rejects(run(...words), { code: 'postmortem.exists', exitCode: 2 });
  await assert.rejects(run(...words, '--out', record), { code: 'postmortem.exists' });
  assert.equal(await readFile(path.join(record, 'postmortem.md'), 'utf8'), before);
  assert.deepEqual(await readdir(records), ['2026-11-20-error-budget-burn']);

  const verified = await run('verify', record);
  assert.equal(verified.exitCode, 0);
  await writeFile(path.join(record, 'postmortem.md'), before.replace('[6,400](#bad)', '[6,300](#bad)'));
  const altered = await run('verify', record);
  assert.equal(altered.exitCode, 1);
  assert.match(altered.text, /bad +postmortem\.md:\d+ +6,300 +6,400/);
  assert.equal((await readRecords(records))[0]!.objective, 'errors');

  await assert.rejects(run('keep', record, '--source', 'http://127.0.0.1:1'), { code: 'source.unreachable' });
  await assert.rejects(run('keep', record), { code: 'postmortem.not-kept', exitCode: 4 });
  await writeFile(path.join(record, 'postmortem.md'), before);
  const kept = await run('keep', record);
  assert.equal(kept.exitCode, 0);
  assert.match(kept.text, /samples\.om\.gz: \d+ samples, \d+ kB/);
  await assert.rejects(run('keep', record), { code: 'postmortem.exists' });
  // What is kept answers when the source has forgotten.
  await rename(recording, `${recording}.gone`);
  assert.equal((await run('verify', record).finally(() => rename(`${recording}.gone`, recording))).exitCode, 0);
});

test('bad words are refused with what to do, before anything is written', async () => {
  const span = (from: string, to: string) =>
    run('--from', from, '--to', to, '--objective', 'errors', '--source', recording);
  await assert.rejects(span('2026-11-20T10:00:00Z', '2026-11-20T10:00:00Z'), {
    code: 'postmortem.backwards',
    exitCode: 2,
  });
  await assert.rejects(span('2026-11-20T10:00:00Z', '2999-01-01T00:00:00Z'), {
    code: 'postmortem.future',
    exitCode: 2,
  });
  await assert.rejects(span('2026-11-20 10:00', '2026-11-20T11:00:00Z'), { code: 'postmortem.no-time' });
  await assert.rejects(span('2026-09-20T10:00:00Z', '2026-11-20T11:00:00Z'), { code: 'postmortem.too-long' });
  await assert.rejects(run('--from', '2026-11-20T10:00:00Z'), { code: 'usage' });
  await assert.rejects(run(), { code: 'usage' });
  await assert.rejects(run('verify'), { code: 'usage' });
  await assert.rejects(run('verify', path.join(folder, 'nothing')), { code: 'postmortem.no-record', exitCode: 2 });
  await assert.rejects(run('ErrorBudgetBurn', '--source', 'http://127.0.0.1:1'), {
    code: 'source.unreachable',
    exitCode: 4,
  });
});

test('actions lists what is open over all records and fails while something is late', async () => {
  const records = path.join(folder, 'actions');
  assert.deepEqual(await run('actions', '--records', records).then(({ exitCode, data }) => [exitCode, data]), [
    0,
    { records: 0, late: 0, open: [] },
  ]);
  const head = (id: string, due: string, state: string) => `---
id: ${id}
objective: errors
severity: sev-2
fromUtc: 2026-11-20T10:04:00Z
toUtc: 2026-11-20T10:29:00Z
dueUtc: 2026-11-22T10:29:00Z
cause: ""
actions:
  - { id: A1, what: limit the pool, owner: kim, due: ${due}, state: ${state} }
---
`;
  for (const [id, due, state] of [
    ['a', '2020-01-01', 'open'],
    ['b', '2999-01-01', 'open'],
    ['c', '2020-01-01', 'done'],
  ] as const) {
    await mkdir(path.join(records, id), { recursive: true });
    await writeFile(path.join(records, id, 'postmortem.md'), head(id, due, state));
  }
  const { exitCode, text } = await run('actions', '--records', records);
  assert.equal(exitCode, 1);
  assert.deepEqual(
    text
      .split('\n')
      .filter((line) => /^(LATE|open)/.test(line))
      .map((line) => line.split(/ +/).slice(0, 4).join(' ')),
    ['LATE 2020-01-01 a A1', 'open 2999-01-01 b A1'],
  );
  await writeFile(path.join(records, 'a', 'postmortem.md'), head('a', '2999-01-02', 'open'));
  assert.equal((await run('actions', '--records', records)).exitCode, 0);
  await writeFile(path.join(records, 'a', 'postmortem.md'), head('a', 'soon', 'open'));
  await assert.rejects(run('actions', '--records', records), (error: Error) =>
    /postmortem\.md:10:\d+: actions/.test(error.message),
  );
});
