import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { findPrometheus } from '../../system/local/prometheus.ts';

test('Prometheus takes the configuration that compose mounts', async () => {
  const promtool = await findPrometheus('promtool');
  const file = path.join(import.meta.dirname, 'prometheus.yml');
  const { stdout } = await promisify(execFile)(promtool.path, ['check', 'config', file]);
  assert.match(stdout, /SUCCESS: .*prometheus\.yml is valid prometheus config file/);
});
