import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { onPath } from '../../system/local/program.ts';
import { checkAlertmanager, receiversOf } from './amtool.ts';
import { ALERTMANAGER_FILE } from './files.ts';

const file = path.join(import.meta.dirname, '../rules', ALERTMANAGER_FILE);
const amtool = await onPath('amtool');
const skip = amtool ? false : 'amtool is not on PATH (Debian: prometheus-alertmanager)';

test('amtool accepts the routes, and every alert goes where its severity says', { skip }, async () => {
  assert.match((await checkAlertmanager(file))!, /^0\.\d+/);
  for (const [labels, receiver] of [
    [['notify=page', 'severity=sev-1'], 'page-sev-1'],
    [['notify=page', 'severity=sev-2'], 'page-sev-2'],
    [['notify=ticket', 'severity=sev-3'], 'ticket'],
    [['alertname=SomebodyElse'], 'ticket'],
  ] as const) {
    assert.deepEqual(await receiversOf(amtool!, file, [...labels]), [receiver]);
  }
});
