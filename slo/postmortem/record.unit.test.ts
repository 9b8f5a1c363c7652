import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '../../cli/failure.ts';
import { type Evidence, evidenceText, parseEvidence } from './figure.ts';
import { openActions } from './open-actions.ts';
import { headText, type PostmortemRecord, parseRecord } from './record.ts';

const record: PostmortemRecord = {
  id: '2026-11-20-error-budget-burn',
  objective: 'errors',
  alert: 'ErrorBudgetBurn',
  severity: 'sev-2',
  fromUtc: '2026-11-20T10:04:00Z',
  toUtc: '2026-11-20T10:29:00Z',
  dueUtc: '2026-11-22T10:29:00Z',
  cause: '',
  actions: [
    { id: 'A1', what: 'write it: "all"', owner: 'ams-platform', due: '2026-11-22T10:29:00Z', state: 'open' },
    { id: 'A2', what: 'limit the pool', owner: 'kim', due: '2026-11-21', state: 'open' },
    { id: 'A3', what: 'done long ago', owner: 'kim', due: '2026-11-01', state: 'done' },
  ],
};
const page = `${headText(record)}\n# Postmortem\n\n---\n\ntext\n`;

const refused = (place: string, what: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Failure);
  assert.equal(error.exitCode, 2);
  assert.match(error.message, what);
  assert.equal(error.message.slice(0, place.length), place);
  return true;
};

test('the head of a postmortem reads back as it was written, with any line ends', () => {
  assert.deepEqual(parseRecord(page, 'x.md'), record);
  assert.deepEqual(parseRecord(page.replaceAll('\n', '\r\n'), 'x.md'), record);
});

test('what is wrong in a head is named with file, line and column', () => {
  const broken = (from: string | RegExp, to: string) => () => parseRecord(page.replace(from, to), 'x.md');
  assert.throws(broken(/^---\n/, ''), refused('x.md:1', /no head/));
  assert.throws(() => parseRecord('---\nid: x\n', 'x.md'), refused('x.md:1', /no head/));
  assert.throws(broken('severity: sev-2', 'severity: high'), refused('x.md:6:', /severity/));
  assert.throws(broken('due: 2026-11-21', 'due: soon'), refused('x.md:20:', /a day such as/));
  assert.throws(broken('due: 2026-11-21', 'due: 2026-02-30'), refused('x.md:20:', /a day such as/));
  assert.throws(broken('state: done', 'state: late'), refused('x.md:26:', /open or done/));
  assert.throws(broken('id: A2', 'id: A1'), refused('x.md:17:', /second "A1"/));
  assert.throws(broken('objective: errors', 'objective: [errors'), refused('x.md:', /./));
  assert.throws(broken('objective: errors\n', ''), refused('x.md:', /objective/));
  assert.throws(broken('toUtc: 2026-11-20T10:29', 'toUtc: 2026-11-20T09:29'), refused('x.md:8:', /before fromUtc/));
});

const evidence: Evidence = {
  schema: 'amsperf/postmortem/v1',
  source: 'http://127.0.0.1:9090',
  prometheus: '2.42.0',
  figures: [
    {
      id: 'bad',
      title: 'Bad',
      unit: 'count',
      printed: '2',
      query: 'sum(\n  x{a="b"}\n)',
      atUtc: '2026-11-20T10:29:00Z',
    },
    { id: 'all', title: 'All', unit: 'count', printed: '4', query: 'y', atUtc: '2026-11-20T10:29:00Z' },
    { id: 'share', title: 'Share', unit: 'percent', printed: '50 %', of: ['bad', 'all'], as: 'share' },
  ],
};

test('the evidence reads back as it was written', () => {
  assert.deepEqual(parseEvidence(evidenceText(evidence), 'e.yaml'), evidence);
});

test('what is wrong in the evidence is named with file, line and column', () => {
  const broken = (from: string, to: string) => () => parseEvidence(evidenceText(evidence).replace(from, to), 'e.yaml');
  assert.throws(broken('unit: count', 'unit: apples'), refused('e.yaml:7:', /a figure has/));
  assert.throws(broken('- bad', '- worse'), refused('e.yaml:', /no figure "worse" above it/));
  assert.throws(broken('id: all', 'id: bad'), refused('e.yaml:', /second "bad"/));
  assert.throws(() => parseEvidence('', 'e.yaml'), refused('e.yaml:1', /nothing/));
});

test('of all records exactly those actions are late whose time or day is over, the most urgent first', () => {
  const later = { ...record, id: 'b', actions: [{ ...record.actions[0]!, due: '2026-11-30' }] };
  const incidents = [record, later].map((one) => ({ ...one, folder: one.id }));
  const at = (iso: string) =>
    openActions(incidents, Date.parse(iso)).map(({ incident, id, late }) => `${incident.slice(0, 4)} ${id} ${late}`);
  assert.deepEqual(at('2026-11-21T23:59:59Z'), ['2026 A2 false', '2026 A1 false', 'b A1 false']);
  assert.deepEqual(at('2026-11-22T00:00:00Z'), ['2026 A2 true', '2026 A1 false', 'b A1 false']);
  assert.deepEqual(at('2026-11-22T10:29:00Z'), ['2026 A2 true', '2026 A1 true', 'b A1 false']);
});
