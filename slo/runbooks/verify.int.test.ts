// Recordings made by hand, so that every verdict is known beforehand: what is found in them is what was put there.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { silent } from '../../cli/progress.ts';
import { scratchDir } from '../../system/local/parts.ts';
import { openSource } from '../source/source.ts';
import type { Question } from './page.ts';
import { record } from './recordings.ts';
import { verify } from './verify.ts';

const { signal } = new AbortController();
const START = Date.UTC(2026, 10, 20) / 1000;
const [HEALTHY, FAULT, AFTER] = [START + 100, START + 200, START + 300];

let scratch: Awaited<ReturnType<typeof scratchDir>>;
before(async () => {
  scratch = await scratchDir();
});
after(() => scratch.remove());

/** A service that is up, fails between 150 and 250 s with 2 errors/s, and was started at 50 s and again at 250 s. */
function incident(): string {
  const lines: string[] = [];
  for (let second = 0; second <= 320; second += 5) {
    const at = START + second;
    const errors = 2 * Math.min(100, Math.max(0, second - 150));
    lines.push(`up{job="api"} ${second > 150 && second < 250 ? 0 : 1} ${at}`);
    lines.push(`errors_total{job="api"} ${errors} ${at}`);
    lines.push(`process_start_time_seconds{job="api"} ${START + (second < 250 ? 50 : 250)} ${at}`);
  }
  return `${lines.join('\n')}\n# EOF\n`;
}

test('a recording answers as the Prometheus did that saw the fault, and each verdict says what is wrong', async () => {
  const file = path.join(scratch.dir, 'incident.om');
  await writeFile(file, incident());
  const dir = path.join(scratch.dir, 'testdata');
  await mkdir(dir);
  const questions: Question[] = [
    { line: 1, query: 'up{job="api"} == 0', moment: 'fault' },
    // Divided by the scale of 10 the window is 30 s.
    { line: 2, query: 'rate(errors_total[5m])', moment: 'fault' },
    { line: 3, query: 'changes(process_start_time_seconds[30m])', moment: 'after' },
    { line: 4, query: 'time() - process_start_time_seconds', moment: 'fault', always: 'every process has an age' },
    { line: 5, query: 'up{job="api"} >= 0 and on () vector(1) == 1', moment: 'fault' },
    { line: 6, query: 'up{job="worker"}', moment: 'fault' },
  ];
  const source = await openSource(file, { progress: silent, signal });
  try {
    await record(
      source,
      {
        recording: { fault: 'outage', what: 'it fails', recordedAt: '2026-11-20T00:00:00Z', commit: 'none', scale: 10 },
        moments: { healthy: HEALTHY, fault: FAULT, after: AFTER },
        queries: questions.map(({ query }) => query),
      },
      dir,
    );
  } finally {
    await source.stop();
  }
  const page = { alert: 'Outage', file: 'Outage.md', fault: 'outage', questions };
  const verdicts = await verify([page], { progress: silent, signal, dir });
  assert.deepEqual(
    verdicts.map(({ line, inFault, inHealth, wrong }) => [line, inFault, inHealth, wrong]),
    [
      // Down has the value 0, and 0 is nothing: such a query must be written otherwise.
      [1, 0, 0, 'returns nothing while it fails'],
      [2, 1, 0, undefined],
      [3, 1, 0, undefined],
      [4, 1, 1, undefined],
      [5, 0, 1, 'returns nothing while it fails'],
      [6, 0, 0, 'returns nothing while it fails'],
    ],
  );
});
