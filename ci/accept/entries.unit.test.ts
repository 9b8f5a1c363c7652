import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { parseAccepted } from './entries.ts';

const FILE = 'ci/accepted.yaml';
const entry = (lines: string[]) => `accepted:\n  - ${lines.join('\n    ')}\n`;
const whole = ['metric: response-p95', 'bound: 15%', 'reason: a second look-up', 'owner: mina', 'until: 2026-12-31'];

test('an entry for a metric and one for a counter are read with their places', () => {
  const source = `# why\naccepted:
  - metric: response-p95
    bound: 12.5 %
    reason: encrypts the phone number
    owner: mina
    until: 2026-12-31

  - counter: sql-statements
    step: check in
    statement: select * from members
    bound: +2
    reason: reads the guardian
    owner: jun
    until: 2027-02-28
`;
  assert.deepEqual(parseAccepted(source, FILE), [
    {
      place: 'ci/accepted.yaml:3',
      what: { kind: 'metric', metric: 'response-p95' },
      bound: { kind: 'ratio', ratio: 0.125 },
      reason: 'encrypts the phone number',
      owner: 'mina',
      until: '2026-12-31',
    },
    {
      place: 'ci/accepted.yaml:9',
      what: { kind: 'counter', counter: 'sql-statements', step: 'check in', statement: 'select * from members' },
      bound: { kind: 'count', count: 2 },
      reason: 'reads the guardian',
      owner: 'jun',
      until: '2027-02-28',
    },
  ]);
});

test('an empty file, an empty list and only comments accept nothing', () => {
  for (const source of ['', '# nothing\n', 'accepted:\n', 'accepted: []\n']) {
    assert.deepEqual(parseAccepted(source, FILE), [], JSON.stringify(source));
  }
});

const without = (field: string) => whole.filter((line) => !line.startsWith(field));
const instead = (line: string) => [...without(line.split(':')[0]!), line];

const MISTAKES: [name: string, source: string, line: number, says: RegExp][] = [
  ['no bound', entry(without('bound')), 2, /bound: is missing/],
  ['no owner', entry(without('owner')), 2, /owner: is no text/],
  ['an empty reason', entry(instead('reason: ""')), 6, /reason: is empty/],
  ['a day that does not exist', entry(instead('until: 2026-02-30')), 6, /until: is no day/],
  ['a day in another order', entry(instead('until: 31.12.2026')), 6, /until: is no day/],
  ['a bound that is no number', entry(instead('bound: some')), 6, /bound: "some" is no bound/],
  ['a bound of nothing', entry(instead('bound: 0%')), 6, /bound: "0%" is no bound/],
  ['a bound in numbers for a metric', entry(instead('bound: +2')), 2, /bound of a metric is a percentage/],
  ['a field that nobody knows', entry([...whole, 'untill: 2026-12-31']), 7, /"untill" is no field/],
  ['a step of a metric', entry([...whole, 'step: check in']), 7, /"step" is no field/],
  ['metric and counter at once', entry([...whole, 'counter: sql-statements']), 2, /either a metric or a counter/],
  ['neither metric nor counter', entry(without('metric')), 2, /either a metric or a counter/],
  [
    'the same difference twice',
    `${entry(whole)}${entry(whole).split('\n').slice(1).join('\n')}`,
    7,
    /same difference as ci\/accepted.yaml:2/,
  ],
  ['no list', 'accepted: everything\n', 1, /accepted: is no list/],
  ['another top', 'accept: []\n', 1, /"accept" is no field/],
  ['no YAML', 'accepted:\n  - metric: "open\n', 3, /./],
];

for (const [name, source, line, says] of MISTAKES) {
  test(`a mistake is said with its line: ${name}`, () => {
    assert.throws(
      () => parseAccepted(source, FILE),
      (error: Error & { code: string; exitCode: number }) => {
        assert.equal(error.code, 'accepted.malformed');
        assert.equal(error.exitCode, 2);
        assert.match(error.message, new RegExp(`^ci/accepted\\.yaml:${line}: `));
        assert.match(error.message, says);
        return true;
      },
    );
  });
}

test('the example in the head of ci/accepted.yaml is an entry', async () => {
  const source = await readFile(path.join(import.meta.dirname, '..', 'accepted.yaml'), 'utf8');
  const example = source
    .split('\n')
    .filter((line) => /^# [- ] /.test(line))
    .map((line) => line.slice(2));
  const [read] = parseAccepted(`accepted:\n${example.join('\n')}\n`, FILE);
  assert.deepEqual(read?.what, { kind: 'metric', metric: 'response-p95' });
});
