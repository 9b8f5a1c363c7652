import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';
import { type Recorded, readLine, writeLine } from './recording.ts';
import { appendPair, readRecording } from './store.ts';
import { madeRecorded } from './testdata/recorded.ts';

function fileIn(t: TestContext): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'recording-'));
  t.after(() => rmSync(dir, { recursive: true }));
  return path.join(dir, 'deep', 'recording.jsonl');
}

/** A pair with what is rare in it: no answer, a request that one arm never sent, an error, odd microseconds. */
function oddPair(): Recorded {
  const pair = madeRecorded(3, { kind: 'delay:1ms', planted: 'delay:1ms', neighbours: 'busy' });
  const [first, second, ...others] = pair.samples.head.samples;
  const head = {
    ...pair.samples.head,
    startedAtMs: 1_795_408_837_124.948,
    samples: [
      { ...first!, status: 0, serviceMs: 5000 },
      { ...second!, status: 503, startMs: 8250.107 },
      ...others.slice(1),
    ],
  };
  return { ...pair, samples: { base: pair.samples.base, head } };
}

test('a pair is read back as it was written, to the microsecond', () => {
  const pair = oddPair();
  assert.deepEqual(readLine(writeLine(pair).trimEnd()), pair);
});

test('a pair of 1,260 requests an arm takes less than 25 kB', () => {
  const pair = madeRecorded(0);
  let state = 7;
  const long = {
    ...pair.samples.base,
    samples: Array.from({ length: 1260 }, (_, i) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const plannedMs = 7500 + i * 14.2857;
      return {
        index: i,
        step: 'card',
        plannedMs,
        startMs: plannedMs + 0.3,
        serviceMs: 2 + (state % 8000) / 1000,
        status: 200,
      };
    }),
  };
  const bytes = writeLine({ ...pair, samples: { base: long, head: long } }).length;
  assert.ok(bytes < 25_000, `${bytes}`);
});

test('a recording grows pair by pair, and a line that was cut off is replaced by the next pair', async (t) => {
  const file = fileIn(t);
  assert.deepEqual(await readRecording(file), []);
  await appendPair(file, madeRecorded(0));
  await appendPair(file, oddPair());
  appendFileSync(file, writeLine(madeRecorded(5)).slice(0, 900));
  assert.deepEqual(
    (await readRecording(file)).map(({ pair }) => pair.index),
    [0, 3],
  );
  await appendPair(file, madeRecorded(6));
  assert.deepEqual(
    (await readRecording(file)).map(({ pair }) => pair.index),
    [0, 3, 6],
  );
  assert.equal(readFileSync(file, 'utf8').split('\n').length, 4);
});

test('a foreign line is a usage error that names it, and nothing is written', async (t) => {
  const file = fileIn(t);
  await appendPair(file, madeRecorded(0));
  appendFileSync(file, '{"schema":"something/else"}\n');
  appendFileSync(file, writeLine(madeRecorded(1)));
  await assert.rejects(readRecording(file), (error) => {
    assert.ok(error instanceof Failure);
    assert.equal(error.exitCode, EXIT.usage);
    assert.match(error.message, /line 2/);
    return true;
  });
  writeFileSync(file, 'not a recording at all\n');
  await assert.rejects(readRecording(file), /line 1/);
});
