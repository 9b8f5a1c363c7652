import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHTML } from 'linkedom';
import { accept, type Difference } from '../../accept/accept.ts';
import { parseAccepted } from '../../accept/entries.ts';
import type { GateResult } from '../result.ts';
import { madeCounted } from '../testdata/counted.ts';
import { madeResult } from '../testdata/result.ts';
import { ANNOTATIONS_PER_TYPE, annotationsReport } from './annotations.ts';
import { badgeReport } from './badge.ts';
import { COMMENT_CHARACTERS, commentReport, isChanged, isGateComment, saysSomething } from './comment.ts';
import { gitlabReport } from './gitlab.ts';
import { htmlReport } from './html.ts';
import { junitReport } from './junit.ts';
import { markdownReport } from './markdown.ts';
import { REPORTERS } from './reporters.ts';
import { SUMMARY_BYTES, summaryReport } from './summary.ts';
import { terminalReport } from './terminal.ts';

const slower = madeResult({ p95: 0.6, cpu: 0 });
const equal = madeResult({ p95: 0, cpu: 0 });
const STATEMENT = 'select id from members where id = $1';
const counted: GateResult = { ...equal, verdict: 'REGRESSION', exitCode: 1, counters: madeCounted(1) };
/** 5,000 statements of 2,000 letters each: more than any of the places takes. */
const huge: GateResult = { ...slower, counters: madeCounted(5000, 'x'.repeat(2000)) };

/** The made-up difference accepted by an entry that ends on the given day. */
function acceptedUntil(until: string): GateResult {
  const entry = `counter: sql-statements\n    bound: +2\n    reason: wanted\n    owner: mina\n    until: ${until}`;
  const differences: Difference[] = [{ kind: 'counter', ...counted.counters!.rows[0]! }];
  const { accepted } = accept(
    differences,
    parseAccepted(`accepted:\n  - ${entry}\n`, 'ci/accepted.yaml'),
    '2026-11-23',
  );
  const totals = counted.counters!.totals.map((total) => ({ ...total, isMore: until < '2026-11-23' && total.isMore }));
  return { ...equal, accepted, counters: { ...counted.counters!, totals } };
}

test('what was counted stands before what was measured, with the statement, in every report that people read', () => {
  for (const text of [
    terminalReport(counted, 'x'),
    markdownReport(counted),
    htmlReport(counted),
    commentReport(counted),
  ]) {
    assert.ok(text.indexOf(STATEMENT) > 0);
    assert.ok(text.indexOf(STATEMENT) < text.indexOf('interval'));
  }
});

test('a count that is accepted is said to be, and fails nowhere', () => {
  const result = acceptedUntil('2027-01-31');
  for (const text of [terminalReport(result, 'x'), markdownReport(result), htmlReport(result)]) {
    assert.ok(text.includes('accepted'));
    assert.ok(text.includes('mina, until 2027-01-31'));
  }
  assert.ok(!junitReport(result).includes('<failure'));
  assert.match(annotationsReport(result), /^::notice file=ci\/accepted\.yaml,line=2,title=performance gate::/m);
});

test('an entry past its day is an error at its line', () => {
  assert.match(annotationsReport(acceptedUntil('2026-11-22')), /^::error file=ci\/accepted\.yaml,line=2,title=/m);
});

test('the comment is marked, and only one that says something asks to be posted', () => {
  for (const result of [slower, counted, acceptedUntil('2027-01-31')]) {
    assert.ok(isChanged(result));
    assert.ok(isGateComment(commentReport(result)) && saysSomething(commentReport(result)));
  }
  assert.equal(isChanged(equal), false);
  assert.ok(isGateComment(commentReport(equal)) && !saysSomething(commentReport(equal)));
  assert.ok(!isGateComment('a person who writes of the performance-gate'));
});

test('a metric that surely got better is a change worth a comment', () => {
  assert.ok(isChanged(madeResult({ p95: -0.5, cpu: 0 })));
});

test('the entries that the comment suggests are entries that accept what was found', () => {
  const both = { ...slower, counters: madeCounted(1) };
  const suggested = /```yaml\n([\s\S]*?)```/.exec(commentReport(both))![1]!;
  const filled = suggested.replaceAll(/(reason|owner): $/gm, '$1: x').replaceAll(/until: $/gm, 'until: 2027-01-31');
  const entries = parseAccepted(`accepted:\n${filled}`, 'ci/accepted.yaml');
  const p95 = slower.effects.find((effect) => effect.metric === 'response-p95')!;
  const differences: Difference[] = [
    { kind: 'metric', metric: 'response-p95', effect: p95.estimate },
    { kind: 'counter', ...both.counters.rows[0]! },
  ];
  assert.deepEqual(accept(differences, entries, '2026-11-23').remaining, []);
});

test('no place gets more than it takes, and says what is missing', () => {
  const comment = commentReport(huge);
  assert.ok(comment.length <= COMMENT_CHARACTERS, `${comment.length}`);
  assert.match(comment, /4976 more rows in the report/);
  const summary = summaryReport(huge);
  assert.ok(Buffer.byteLength(summary) <= SUMMARY_BYTES);
  assert.match(summary, /more rows in the report|does not fit here/);
  const lines = annotationsReport(huge).trim().split('\n');
  assert.equal(lines.filter((line) => line.startsWith('::error')).length, ANNOTATIONS_PER_TYPE);
  assert.ok(lines.every((line) => line.length < 1200));
});

test('a single block too great for the place is left out with a word, not cut in the middle', () => {
  const shouting = { ...slower, why: Array.from({ length: 3000 }, (_, i) => `reason ${i} ${'y'.repeat(40)}`) };
  const comment = commentReport(shouting);
  assert.ok(comment.length <= COMMENT_CHARACTERS);
  assert.match(comment, /Performance gate: REGRESSION\n\nThe rest does not fit here/);
});

test('texts from outside cannot break out: mentions, tables, HTML, workflow commands', () => {
  const evil = '@team | <img src=x onerror=1> `code`\n::error::pwned %0A #12';
  const result = { ...slower, why: [evil], counters: madeCounted(1, evil) };
  const comment = commentReport(result);
  assert.ok(!/@team|<img/.test(comment.replace(/```yaml[\s\S]*?```/, '')));
  assert.equal(
    annotationsReport(result)
      .split('\n')
      .filter((line) => line.startsWith('::error::')).length,
    0,
  );
  assert.ok(!junitReport(result).includes('<img'));
});

test('JUnit has a suite for measurement, counters, metrics and objectives, and its totals are those of its cases', () => {
  const xml = junitReport({ ...slower, counters: madeCounted(1) });
  const { document } = parseHTML(xml.replace(/^<\?xml.*\n/, '').replaceAll(/<(\w+[^>]*)\/>/g, '<$1></$1>'));
  const suites = [...document.querySelectorAll('testsuite')];
  assert.deepEqual(
    suites.map((suite) => suite.getAttribute('name')),
    ['measurement', 'counters', 'metrics', 'objectives'],
  );
  for (const suite of suites) {
    const count = (selector: string) => String(suite.querySelectorAll(selector).length);
    assert.equal(suite.getAttribute('tests'), count('testcase'));
    assert.equal(suite.getAttribute('failures'), count('failure'));
    assert.equal(suite.getAttribute('skipped'), count('skipped'));
  }
  const failure = document.querySelector('testcase[name="response p95"] failure')!;
  assert.match(
    failure.textContent!,
    /effect \+\d.*interval .* to .*\npairs \d+, smallest effect that could have been seen \+/,
  );
  assert.match(
    document.querySelector('testcase[name="check in: SQL statements"] failure')!.textContent!,
    /select id from members/,
  );
});

test('JUnit: INVALID is an error and no failure, INCONCLUSIVE is skipped', () => {
  const invalid = junitReport({
    ...equal,
    verdict: 'INVALID',
    exitCode: 4,
    why: ['the generator was late'],
    effects: [],
  });
  assert.match(invalid, /<testsuites name="performance gate" tests="2" failures="0" errors="1" time=/);
  assert.match(invalid, /<error message="the generator was late"/);
  const open = equal.effects.map((effect) => ({ ...effect, judgement: 'open' as const }));
  const inconclusive = junitReport({ ...equal, verdict: 'INCONCLUSIVE', exitCode: 3, effects: open });
  assert.ok(!inconclusive.includes('<failure') && inconclusive.includes('<skipped message="open: '));
});

test('control characters that XML cannot hold do not get into JUnit', () => {
  const xml = junitReport({ ...slower, notes: ['a\u0000b\u001bc\ud800d'] });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must not be there
  assert.ok(!/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/.test(xml));
  assert.ok(xml.isWellFormed());
});

test('GitLab reads checks, TTFB P90 and P95 and RPS: those of a curve and of pairs known beforehand', () => {
  // Uniform on 0 to 100 ms: p90 is 90 ms, p95 is 95 ms, the mean 50 ms.
  const head = Array.from({ length: 1001 }, (_, i): [number, number] => [i / 1000, i / 10]);
  const pairs = slower.pairs.slice(0, 4).map((pair) => ({ ...pair, head: { ...pair.head, errors: 9 } }));
  const { metrics } = JSON.parse(gitlabReport({ ...slower, curves: { head, base: null }, pairs }));
  assert.ok(Math.abs(metrics.http_req_waiting['p(90)'] - 90) < 1e-9);
  assert.ok(Math.abs(metrics.http_req_waiting['p(95)'] - 95) < 1e-9);
  assert.ok(Math.abs(metrics.http_req_duration.avg - 50) < 1e-9);
  // 4 pairs of 900 requests in 9 s each.
  assert.equal(metrics.http_reqs.rate, 100);
  assert.deepEqual(metrics.checks, { passes: 3564, fails: 36, value: 0.99 });
});

test('GitLab: a gate that measured nothing gives an empty set of metrics, not zeros', () => {
  assert.deepEqual(JSON.parse(gitlabReport({ ...equal, pairs: [], curves: { head: [], base: null } })).metrics, {});
});

test('the badge says the verdict in words and in colour', () => {
  const fills = (['PASS', 'REGRESSION', 'INVALID'] as const).map((verdict) => {
    const svg = badgeReport({ ...equal, verdict });
    assert.ok(svg.includes(`<title>performance: ${verdict.toLowerCase()}</title>`));
    return [...svg.matchAll(/fill="(#\w+)"/g)][1]![1];
  });
  assert.equal(new Set(fills).size, 3);
});

test('every report can be made of every kind of result', () => {
  const smoke = {
    ...equal,
    kind: 'smoke' as const,
    base: null,
    effects: [],
    pairs: [],
    curves: { head: [], base: null },
  };
  for (const result of [equal, slower, counted, huge, smoke, acceptedUntil('2026-11-22')]) {
    for (const [name, render] of Object.entries(REPORTERS)) {
      const text = render(result);
      assert.ok(name === 'annotations.txt' || text.length > 50, name);
      assert.ok(!/undefined|NaN|\[object/.test(text), name);
    }
  }
});
