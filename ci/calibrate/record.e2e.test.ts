import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';
import { silent } from '../../cli/progress.ts';
import { readService } from '../../system/local/service-spec.ts';
import { repository } from '../gate/testdata/repository.ts';
import { record } from './record.ts';
import { readRecording } from './store.ts';

/** Processes of ours that still run. */
function children(): string[] {
  return readdirSync('/proc').flatMap((entry) => {
    try {
      const stat = /^\d+$/.test(entry) ? readFileSync(`/proc/${entry}/stat`, 'utf8') : '';
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(parent) === process.pid && state !== 'Z' ? [entry] : [];
    } catch {
      return [];
    }
  });
}

test('a recorded pair shows the 20 ms that were planted, and an interruption loses only the pair under way', async (t) => {
  const made = repository(t, path.join(import.meta.dirname, '..', 'gate', 'testdata', 'service'));
  made.commit();
  const spec = await readService(path.join(made.dir, 'system', 'service.yaml'));
  const file = path.join(made.dir, 'reports', 'recording.jsonl');
  const abort = new AbortController();
  const reason = new Failure('interrupted', 'ended by a test', 'none', EXIT.interrupted);
  const tick = (text: string) => {
    if (/^pair 2, .*: [1-9]\d* of/.test(text)) abort.abort(reason);
  };
  const options = { file, kinds: ['delay:20ms'], neighbours: 'busy', minutes: 10, seed: 7 } as const;
  await assert.rejects(
    record(spec, { ...options, progress: { ...silent, tick }, signal: abort.signal }),
    (error) => error === reason,
  );
  assert.deepEqual(children(), []);

  const [pair, ...others] = await readRecording(file);
  assert.equal(others.length, 0);
  assert.deepEqual(
    [pair!.kind, pair!.planted, pair!.neighbours, pair!.confirmation],
    ['delay:20ms', 'delay:20ms', 'busy', null],
  );
  assert.equal(pair!.counted!.verdict, 'SAME');
  const { base, head } = pair!.pair;
  const addedMs = head.responseP50Ms - base.responseP50Ms;
  assert.ok(addedMs > 19 && addedMs < 30, `${addedMs} ms at the median`);
  assert.equal(pair!.samples.base.samples.length, base.planned);
  assert.deepEqual(
    pair!.samples.base.samples.map(({ index }) => index).sort((a, b) => a - b),
    pair!.samples.head.samples.map(({ index }) => index).sort((a, b) => a - b),
  );
});
