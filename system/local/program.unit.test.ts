import assert from 'node:assert/strict';
import { test } from 'node:test';
import { versionIn } from './program.ts';

test("a version is the program's own, never that of the Go that built it", () => {
  for (const [text, version] of [
    ['prometheus, version 2.42.0+ds (branch: debian/sid, revision: 2.42.0+ds-5)\n  go version: go1.19.8', '2.42.0'],
    ['promtool, version  (branch: , revision: unknown)\n  go version:       go1.26.8\n  platform: linux/amd64', '0'],
    ['k6 v2.2.0 (go1.25.1, linux/amd64)', '2.2.0'],
    ['postgres (PostgreSQL) 18.4', '18.4'],
    ['nothing', '0'],
  ] as const) {
    assert.equal(versionIn(text), version);
  }
});
