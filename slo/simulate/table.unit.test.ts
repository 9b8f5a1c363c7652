import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { readAllObjectives } from '../objectives/read.ts';
import { EVERYTHING, promisesOf } from './promises.ts';
import { rounded, type SavedTable, tableText } from './saved.ts';
import { alikeOf, simulate } from './table.ts';

const AGAIN = 'the rules have changed since: npm run slo -- simulate --months 100 --trials 100 --save';
const text = await readFile(path.join(import.meta.dirname, 'table.json'), 'utf8');
const saved = JSON.parse(text) as SavedTable;
const { about } = saved;
const objectives = await readAllObjectives(path.join(import.meta.dirname, '../objectives'));
const asSaved = (value: unknown) => JSON.parse(JSON.stringify(value, (_, part) => rounded(part)));
const pause = async () => {};

test('the committed table is about the rules that are compiled now', () => {
  assert.deepEqual(saved.alike, asSaved(alikeOf(objectives, about.monthDays)), AGAIN);
  assert.deepEqual(saved.promises, asSaved(promisesOf(saved)), AGAIN);
  assert.equal(tableText(saved), text);
});

test('a slice of the committed table comes out of its seed again, row by row', async () => {
  const plan = { ...about, arrivals: ['poisson' as const], burns: [0.6] };
  for (const [name, ratesPerSecond, faults] of [
    ['errors', [0.01], [EVERYTHING]],
    ['latency', [1], []],
    ['availability', [1], [EVERYTHING]],
  ] as const) {
    const burns = ratesPerSecond[0] < 0.1 ? [] : plan.burns;
    const cell = { ...plan, ratesPerSecond: [...ratesPerSecond], burns, faults: [...faults] };
    const objective = objectives.find((one) => one.name === name)!;
    const again = await simulate([objective], cell, () => {}, pause);
    for (const kind of ['quiet', 'faults'] as const) {
      for (const { objectives: _, ...row } of asSaved(again[kind])) {
        const same = saved[kind].find(
          (one) =>
            one.objectives[0] === name &&
            one.maker === row.maker &&
            one.ratePerSecond === row.ratePerSecond &&
            one.arrivals === row.arrivals &&
            ('burn' in one ? one.burn === row.burn : one.fault === row.fault),
        );
        const { objectives: names, ...values } = same!;
        assert.ok(names.includes(name));
        assert.deepEqual(values, row, AGAIN);
      }
    }
  }
});
