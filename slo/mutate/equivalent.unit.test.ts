import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redundantMatcher } from './equivalent.ts';

/** Whether it is proven that the last (or only) `s="x"` between the marks `«»` may be left out. */
function proven(marked: string): boolean {
  const at = marked.indexOf('«');
  return redundantMatcher(marked.replace(/[«»]/g, ''), at) !== undefined;
}

test('a matcher that the other side of an operation repeats changes nothing', () => {
  for (const expr of [
    'a{«s="x"»} > 1 and b{s="x"} > 1',
    'a{s="x"} > 1 and b{«s="x"»} > 1',
    '(a{s="x"} + 1 / n{«s="x"»} - 2 * sqrt(clamp_min(a{s="x"}, 0) / n{s="x"})) / (1 + 3 / n{s="x"})',
    '(a{s="x"} + 1 / n{s="x"} - 2 * sqrt(clamp_min(a{«s="x"»}, 0) / n{s="x"})) / (1 + 3 / n{s="x"})',
    'sum(count_over_time(a{«s="x"»}[5m]) - sum_over_time(a{s="x"}[5m]))',
    'count by (s, i) (a{s="x"}) > (count by (s, i) (b{«s="x"»}) or 0 * count by (s, i) (a{s="x"}))',
  ]) {
    assert.equal(proven(expr), true, expr);
  }
});

test('where nothing repeats it, where series are looked at as a whole, or where labels are matched otherwise, nothing is proven', () => {
  for (const expr of [
    'a{«s="x"»} > 1',
    'a{«s="x"»} > 1 and b{s="y"} > 1',
    'a{«s=~"x"»} > 1 and b{s=~"x"} > 1',
    'a{s="x"} > 2 * scalar(m{«s="x"»})',
    'sum(a{«s="x"»}) / sum(b{s="x"})',
    'sum(count_over_time(a{«s="x"»}[5m]))',
    'a{«s="x"»} and on () b{s="x"}',
    'a{«s="x"»} or b{s="x"}',
    'a{s="x"} unless b{«s="x"»}',
    'count by (i) (a{s="x"}) > count by (i) (b{«s="x"»})',
    'absent_over_time(a{«s="x"»}[1h]) and b{s="x"}',
  ]) {
    assert.equal(proven(expr), false, expr);
  }
});
