import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { lineOf, type Notification, startPager } from './pager.ts';

const ALERT = {
  labels: { alertname: 'LatencyBudgetBurn', tier: '1h' },
  annotations: { impact: 'Everything is slow.', way_back: 'Add an instance.', runbook_url: 'slo/runbooks/L.md' },
};
const FIRING: Notification = { receiver: 'page-sev-1', status: 'firing', alerts: [ALERT] };
const lines: string[] = [];
const pager = await startPager({ port: 0, tell: (line) => lines.push(line) });
after(() => pager.stop());
const send = async (body: string) => (await fetch(`${pager.url}/page-sev-1`, { method: 'POST', body })).status;

test('a notification is one line with what an on-call needs; a resolved one has nothing to do any more', () => {
  const line =
    'page-sev-1: FIRING LatencyBudgetBurn (1h). Everything is slow. Add an instance. Runbook: slo/runbooks/L.md';
  assert.equal(lineOf(FIRING), line);
  assert.equal(lineOf({ ...FIRING, status: 'resolved' }), 'page-sev-1: RESOLVED LatencyBudgetBurn (1h).');
  const two = { ...FIRING, alerts: [ALERT, { labels: { alertname: 'ObjectiveBlind' }, annotations: {} }] };
  assert.match(lineOf(two), /^page-sev-1: FIRING LatencyBudgetBurn \(1h\), ObjectiveBlind\. Everything/);
});

test('a webhook is told and acknowledged; what is none is refused and not told', async () => {
  assert.equal(await send(JSON.stringify(FIRING)), 200);
  assert.deepEqual(lines, [lineOf(FIRING)]);
  for (const body of ['', 'null', '{}', '[]', '{"receiver":"x","status":"firing","alerts":[{}]}']) {
    assert.equal(await send(body), 400, body);
  }
  assert.equal(lines.length, 1);
});
