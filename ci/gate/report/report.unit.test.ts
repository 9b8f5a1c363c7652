import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHTML } from 'linkedom';
import { percent } from '../decide.ts';
import { madeResult } from '../testdata/result.ts';
import { htmlReport } from './html.ts';
import { jsonReport } from './json.ts';
import { markdownReport } from './markdown.ts';
import { terminalReport } from './terminal.ts';

const slower = madeResult({ p95: 0.6, cpu: 0 });
const equal = madeResult({ p95: 0, cpu: 0 });

for (const result of [slower, equal]) {
  const p95 = result.effects.find((effect) => effect.metric === 'response-p95')!;

  test(`${result.verdict}: the terminal report begins with the verdict and holds effect, bounds, report and next command`, () => {
    const text = terminalReport(result, 'reports/gate/report.html');
    assert.ok(text.startsWith(`${result.verdict} `));
    for (const part of [percent(p95.estimate), percent(p95.lower), percent(p95.upper), percent(p95.detectable)]) {
      assert.ok(text.includes(part), part);
    }
    assert.match(text, /report: reports\/gate\/report\.html\nnext: {3}npm run gate/);
  });

  test(`${result.verdict}: Markdown and HTML name the same effect and judgement`, () => {
    for (const text of [markdownReport(result), htmlReport(result)]) {
      assert.ok(text.includes(result.verdict));
      assert.ok(text.includes(percent(p95.estimate)));
      assert.ok(text.includes(p95.judgement));
    }
  });

  test(`${result.verdict}: JSON gives every raw value back`, () => {
    assert.deepEqual(JSON.parse(jsonReport(result)), result);
  });
}

test('the made-up results are what they are meant to be', () => {
  assert.equal(slower.verdict, 'REGRESSION');
  assert.equal(equal.verdict, 'PASS');
});

test('the page is whole by itself: no script, no link, no address outside of SVG name spaces', () => {
  const page = htmlReport(slower);
  const { document } = parseHTML(page);
  assert.equal(document.querySelectorAll('script, link, img, iframe').length, 0);
  const addresses = [...page.matchAll(/https?:\/\/[^"' )<]+/g)].map(([address]) => address);
  assert.deepEqual(
    [...new Set(addresses)].filter((address) => !address.startsWith('http://www.w3.org/')),
    [],
  );
});

test('the page draws a curve for each arm and a dot for each pair and judged metric', () => {
  const { document } = parseHTML(htmlReport(slower));
  const [curves, pairs] = document.querySelectorAll('figure');
  assert.equal(curves!.querySelectorAll('g[aria-label="line"] path').length, 2);
  const dots = [...pairs!.querySelectorAll('g[aria-label="dot"] circle')];
  const judged = slower.effects.filter((effect) => effect.judgement !== 'not judged').length;
  assert.equal(dots.length, judged * (slower.pairs.length + 1));
});

test('what comes from outside is escaped in the page and in Markdown', () => {
  assert.ok(htmlReport(slower).includes('merge base with &lt;main&gt;'));
  assert.ok(!markdownReport(slower).includes('<main>'));
});

test('a smoke result has objectives and a curve, and no comparison', () => {
  const smoke = {
    ...equal,
    kind: 'smoke' as const,
    base: null,
    effects: [],
    pairs: [],
    curves: { ...equal.curves, base: null },
  };
  const { document } = parseHTML(htmlReport(smoke));
  assert.equal(document.querySelectorAll('figure').length, 1);
  assert.equal(document.querySelectorAll('g[aria-label="line"] path').length, 1);
  assert.ok(!terminalReport(smoke, 'x').includes('interval'));
});
