import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { readPromql } from '../compile/promql.ts';
import { compileRules } from '../compile/rules.ts';
import { readAllObjectives } from '../objectives/read.ts';
import { mutantsOf } from './mutants.ts';

const objectives = await readAllObjectives(path.join(import.meta.dirname, '../objectives'));
const rules = compileRules(objectives);
const mutants = mutantsOf(rules);

test('every mutant differs from its rule in one thing, and no two are the same', () => {
  const original = (group: string, rule: number) => rules.groups.find(({ name }) => name === group)!.rules[rule]!;
  for (const { kind, group, rule, changed } of mutants) {
    const { expr, for: wait, ...rest } = original(group, rule);
    const { expr: mutated, for: waits, ...same } = changed;
    assert.deepEqual(same, rest);
    assert.equal(expr !== mutated, kind !== 'for');
    assert.equal(wait !== waits, kind === 'for');
  }
  assert.equal(
    new Set(mutants.map(({ group, rule, changed }) => JSON.stringify([group, rule, changed]))).size,
    mutants.length,
  );
});

test('every kind of mistake is made in the burn alerts, and mutants are still PromQL', () => {
  const burn = mutants.filter(({ changed }) => changed.alert === 'LatencyBudgetBurn' && changed.labels.tier === '6h');
  assert.deepEqual(
    Object.fromEntries(
      Object.entries(Object.groupBy(burn, ({ kind }) => kind)).map(([kind, list]) => [kind, list!.length]),
    ),
    // Of each of the two conditions: factor, budget and bound of the month; its window; its comparison, and the "and"; two matchers.
    { factor: 2 * 3 * 2, window: 2 * 2, comparison: 3, selector: 2 * 2 * 2 },
  );
  assert.ok(mutants.some(({ kind }) => kind === 'for'));
  for (const { changed, what } of mutants)
    assert.equal(readPromql(changed.expr).error, undefined, `${what}: ${changed.expr}`);
});
