import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { parseMaintenance, readMaintenance, windowsOf } from './maintenance.ts';
import { monthOf } from './month.ts';

const NAMES = ['availability', 'errors'];
const month = monthOf('2026-02', Date.UTC(2026, 5) / 1000);
const at = (text: string) => Date.parse(text) / 1000;
const yaml = (...windows: [from: string, to: string, more?: string][]) =>
  windows.map(([from, to, more = 'reason: work, who: ops']) => `- { from: ${from}, to: ${to}, ${more} }`).join('\n');

test('the committed file is read, and its example is a window', async () => {
  const file = path.join(import.meta.dirname, 'maintenance.yaml');
  assert.ok(Array.isArray(await readMaintenance(file, NAMES)));
  const { readFile } = await import('node:fs/promises');
  const example = (await readFile(file, 'utf8'))
    .split('\n')
    .filter((line) => /^# (- | {2}\w)/.test(line))
    .map((line) => line.slice(2))
    .join('\n');
  assert.deepEqual(parseMaintenance(example, 'f.yaml', NAMES), [
    {
      fromSeconds: at('2026-11-08T18:00:00Z'),
      toSeconds: at('2026-11-08T19:30:00Z'),
      reason: 'PostgreSQL 18.5',
      who: 'ams-platform',
      objectives: ['availability', 'errors'],
    },
  ]);
});

test('windows that overlap or touch are one with both reasons, those of other months or objectives are left out, edges are cut', () => {
  const windows = parseMaintenance(
    yaml(
      ['2026-02-10T10:00:00Z', '2026-02-10T11:00:00Z', 'reason: second, who: b'],
      ['2026-02-10T09:00:00Z', '2026-02-10T10:30:00Z', 'reason: first, who: a'],
      ['2026-02-10T11:00:00Z', '2026-02-10T11:10:00Z', 'reason: first, who: a'],
      ['2026-03-01T00:00:00Z', '2026-03-01T01:00:00Z'],
      ['2026-01-31T23:00:00Z', '2026-02-01T00:30:00Z'],
      ['2026-02-28T23:00:00Z', '2026-03-02T00:00:00Z', 'reason: late, who: c, objectives: [errors]'],
    ),
    'f.yaml',
    NAMES,
  );
  const spans = (objective: string) =>
    windowsOf(windows, objective, month).map(({ fromSeconds, toSeconds, reason, who }) => [
      new Date(fromSeconds * 1000).toISOString().slice(5, 16),
      (toSeconds - fromSeconds) / 60,
      reason,
      who,
    ]);
  assert.deepEqual(spans('availability'), [
    ['02-01T00:00', 30, 'work', 'ops'],
    ['02-10T09:00', 130, 'first; second', 'a; b'],
  ]);
  assert.deepEqual(spans('errors').at(-1), ['02-28T23:00', 60, 'late', 'c']);
});

const broken: { what: string; text: string; place: string; expect: RegExp }[] = [
  {
    what: 'a window that ends before it begins',
    text: yaml(['2026-02-10T10:00:00Z', '2026-02-10T09:00:00Z']),
    place: 'f.yaml:1:',
    expect: /ends after it begins/,
  },
  {
    what: 'local time',
    text: yaml(['2026-02-10T09:00:00Z', '2026-02-10T10:00:00Z'], ['2026-02-10T10:00:00+09:00', '2026-02-10T09:00:00Z']),
    place: 'f.yaml:2:',
    expect: /UTC/,
  },
  {
    what: 'the 30th of February',
    text: yaml(['2026-02-30T10:00:00Z', '2026-03-02T12:00:00Z']),
    place: 'f.yaml:1:',
    expect: /no such date/,
  },
  {
    what: 'an unknown objective',
    text: yaml(['2026-02-10T09:00:00Z', '2026-02-10T10:00:00Z', 'reason: r, who: w, objectives: [erors]']),
    place: 'f.yaml:1:',
    expect: /no objective "erors"/,
  },
  {
    what: 'nobody who declared it',
    text: yaml(['2026-02-10T09:00:00Z', '2026-02-10T10:00:00Z', 'reason: r']),
    place: 'f.yaml:1:',
    expect: /who/,
  },
  { what: 'no YAML', text: '- {', place: 'f.yaml:', expect: /./ },
];
for (const { what, text, place, expect } of broken) {
  test(`${what} is refused with file and line`, () => {
    assert.throws(
      () => parseMaintenance(text, 'f.yaml', NAMES),
      (error: Error & { exitCode: number }) => {
        assert.ok(error.message.startsWith(place), error.message);
        assert.match(error.message, expect);
        assert.equal(error.exitCode, 2);
        return true;
      },
    );
  });
}

test('an empty file has no windows, and a missing one is refused', async () => {
  assert.deepEqual(parseMaintenance('', 'f.yaml', NAMES), []);
  assert.deepEqual(parseMaintenance('[]', 'f.yaml', NAMES), []);
  await assert.rejects(readMaintenance('/nowhere/maintenance.yaml', NAMES), { code: 'budget.no-file', exitCode: 2 });
});
