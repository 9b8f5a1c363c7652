import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { parseDocuments } from '../openslo/documents.ts';
import { parseObjectives, readObjectives, toObjectives } from './read.ts';

const dir = import.meta.dirname;
const text = await readFile(path.join(dir, 'ams.yaml'), 'utf8');
const lineOf = (part: string) => text.slice(0, text.indexOf(part)).split('\n').length;

test('the three objectives of AMS are read with targets as ratios and the latency threshold in seconds', async () => {
  const objectives = await readObjectives(dir);
  assert.deepEqual(
    objectives.map(({ name, indicator, target, thresholdSeconds }) => ({ name, indicator, target, thresholdSeconds })),
    [
      { name: 'availability', indicator: 'availability', target: 0.995, thresholdSeconds: undefined },
      { name: 'latency', indicator: 'latency', target: 0.95, thresholdSeconds: 0.3 },
      { name: 'errors', indicator: 'errors', target: 0.995, thresholdSeconds: undefined },
    ],
  );
});

test('availability is counted in slices of its own series and not on the 5xx ratio, so that one fault pages once', async () => {
  const [availability, , errors] = await readObjectives(dir);
  assert.deepEqual(availability?.source, {
    kind: 'slices',
    query: 'probe_success{job="probe"}',
    op: 'gte',
    value: 1,
    sliceSeconds: 15,
  });
  assert.equal(errors?.source.kind, 'events');
});

test('the burn policy is two-window: stock factors at 99.5 %, halved ones at 95 %, first tiers that keep their promise as it is seen', async () => {
  const [availability, latency, errors] = await readObjectives(dir);
  assert.deepEqual(
    availability?.policy.map(({ long, short, factor }) => `${long}/${short}/${factor}`),
    ['1h/5m/13.2', '6h/30m/6', '1d/2h/3', '3d/6h/1'],
  );
  assert.deepEqual(
    errors?.policy.map(({ factor }) => factor),
    [14.4, 6, 3, 1],
  );
  assert.deepEqual(
    latency?.policy.map(({ factor }) => factor),
    [6.8, 3, 2, 1],
  );
});

const broken: { what: string; from: string; to: string; expect: RegExp }[] = [
  { what: 'a target above one', from: 'target: 0.95\n', to: 'target: 95\n', expect: /objectives\.0\.target/ },
  {
    what: 'a misspelt key',
    from: '  budgetingMethod: T',
    to: '  budgetMethod: T',
    expect: /budgetingMethod|budgetMethod/,
  },
  { what: 'a rolling window', from: 'isRolling: false', to: 'isRolling: true', expect: /isRolling/ },
  { what: 'another time zone', from: 'timeZone: UTC', to: 'timeZone: Asia/Seoul', expect: /UTC/ },
  { what: 'a latency without le', from: ',le="0.3"', to: '', expect: /le="<seconds>"/ },
  {
    what: 'an unknown window',
    from: 'long: 1h, short: 5m, factor: 6.8',
    to: 'long: 2h, short: 5m, factor: 6.8',
    expect: /tier 1/,
  },
  {
    what: 'the wrong version',
    from: 'apiVersion: openslo/v1\nkind: SLO',
    to: 'apiVersion: openslo/v1alpha\nkind: SLO',
    expect: /apiVersion/,
  },
];
for (const { what, from, to, expect } of broken) {
  test(`${what} is refused with file and line`, () => {
    assert.ok(text.includes(from), 'the test breaks something that is there');
    assert.throws(
      () => parseObjectives(text.replace(from, to), 'ams.yaml'),
      (error: Error & { code: string; exitCode: number }) => {
        assert.match(error.message, /^ams\.yaml:\d+/);
        assert.match(error.message, expect);
        assert.equal(error.exitCode, 2);
        return true;
      },
    );
  });
}

test('the line in the message is the line of the wrong value', () => {
  const line = lineOf('target: 0.95\n');
  assert.throws(() => parseObjectives(text.replace('target: 0.95\n', 'target: x\n'), 'f.yaml'), {
    message: new RegExp(`^f\\.yaml:${line}:\\d+: `),
  });
});

test('an indicator in a document of its own, in any order and file, is the same objective', () => {
  const inline = parseObjectives(text, 'ams.yaml');
  const start = text.indexOf('  indicator:\n    metadata:\n      name: answered-without-5xx');
  const end = text.indexOf('  timeWindow:', start);
  const apart = text
    .slice(start, end)
    .split('\n')
    .slice(1)
    .map((line) => line.slice(4))
    .join('\n');
  const slo = `${text.slice(0, start)}  indicatorRef: answered-without-5xx\n${text.slice(end)}`;
  const sli = `apiVersion: openslo/v1\nkind: SLI\n${apart}`;
  assert.deepEqual(parseObjectives(`${slo}---\n${sli}`, 'ams.yaml'), inline);
  assert.deepEqual(toObjectives([...parseDocuments(sli, 'sli.yaml'), ...parseDocuments(slo, 'slo.yaml')]), inline);
  const wrong = sli.replace('counter: true', 'counter: 7');
  assert.throws(() => toObjectives([...parseDocuments(slo, 'slo.yaml'), ...parseDocuments(wrong, 'sli.yaml')]), {
    message: /^sli\.yaml:\d+:\d+: /,
  });
  assert.throws(() => parseObjectives(slo, 'slo.yaml'), { message: /there is no SLI named "answered-without-5xx"/ });
});

test('text that is no YAML is refused with its line', () => {
  assert.throws(() => parseObjectives('a: 1\nb: [1,\nc: }', 'f.yaml'), /f\.yaml:\d+:\d+: /);
});

test('a folder without objectives and a name used twice are refused', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'objectives-'));
  try {
    await assert.rejects(readObjectives(folder), { code: 'slo.none', exitCode: 2 });
    await writeFile(path.join(folder, 'a.yaml'), text);
    await writeFile(path.join(folder, 'b.yaml'), text);
    await assert.rejects(readObjectives(folder), { code: 'slo.duplicate', exitCode: 2 });
  } finally {
    await rm(folder, { recursive: true });
  }
});
