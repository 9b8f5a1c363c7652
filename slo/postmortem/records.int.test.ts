// The records that are committed, asked again of the samples that were kept with them.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { silent } from '../../cli/progress.ts';
import { openSource } from '../source/source.ts';
import { RECORD_FILES, readRecords, recordsDir } from './records.ts';
import { readRecordFolder, verify } from './verify.ts';

const records = await readRecords(recordsDir);

test('there is a record of a real outage, with what it was made of', () => {
  assert.ok(records.length >= 1);
  for (const { folder } of records) assert.ok(existsSync(path.join(folder, RECORD_FILES.samples)), folder);
});

for (const { folder, id } of records) {
  test(`every figure of ${id} is what its samples answer, and nobody has left a section to be written`, async () => {
    const source = await openSource(path.join(folder, RECORD_FILES.samples), {
      progress: silent,
      signal: new AbortController().signal,
    });
    try {
      const { asked, differences, prometheus, toWrite } = await verify(await readRecordFolder(folder), source);
      assert.ok(asked >= 20);
      assert.equal(toWrite, 0);
      const major = (version: string) => version.split('.')[0];
      // `rate` extrapolates a little differently from 2 to 3.
      const exact = differences.filter(({ figure }) => !figure.startsWith('peak-'));
      assert.deepEqual(major(prometheus.written) === major(prometheus.now) ? differences : exact, []);
    } finally {
      await source.stop();
    }
  });
}
