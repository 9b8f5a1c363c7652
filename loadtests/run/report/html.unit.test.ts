import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHTML } from 'linkedom';
import { madeRun } from '../../testdata/run.ts';
import { MEMORY_PANEL, type ServerSide } from '../server/watch.ts';
import { runHtml } from './html.ts';

const atMs = Array.from({ length: 45 }, (_, i) => i * 2000);
const server: ServerSide = {
  atMs,
  panels: [
    { title: MEMORY_PANEL, unit: 'MiB', lines: [{ name: 'api', values: atMs.map((_, i) => 100 + i) }] },
    { title: '<Pool>', unit: 'connections', lines: [{ name: 'api idle', values: atMs.map(() => null) }] },
  ],
  failed: 0,
};

const spiky = () =>
  madeRun({
    phases: [
      ['warm-up', 'warm-up', 10, 100],
      ['hold', 'hold', 30, 100],
      ['spike', 'ramp', 10, 200],
      ['recover', 'recover', 40, 100],
    ],
    answer: (s, i) => ({ ms: s > 40 && s < 60 ? 400 : 10 + (i % 5), status: i % 300 === 0 ? 503 : 200 }),
    limits: [{ of: 'recovery', phase: 'recover', quantile: 0.95, withinSeconds: 5 }],
    server,
  });

const documentOf = (html: string) => parseHTML(html).document;

test('the page says VALID and the verdict first, draws every phase, and loads nothing', async () => {
  const document = documentOf(runHtml(await spiky()));
  assert.match(document.querySelector('h1')!.textContent!, /^smoke on truth: VALID, MISSED$/);
  assert.equal(document.querySelectorAll('script, link, img').length, 0);
  const headings = [...document.querySelectorAll('h2')].map((one) => one.textContent);
  assert.deepEqual(headings.slice(1), [
    'Response time over time',
    'Distribution',
    'Endpoints by phase',
    "The server's side",
    'Where',
  ]);
  const text = document.body.textContent!;
  for (const name of ['warm-up', 'hold', 'spike', 'recover']) assert.ok(text.includes(name), name);
  assert.match(text, /recover: recovered after 10\.0 s/);
  assert.match(text, /time to recover, p955\.00 s10\.0 sMISSED/);
  assert.match(text, /<Pool>/);
});

test('curves pass through the p50, p95 and p99 of each window', async () => {
  const run = await spiky();
  const document = documentOf(runHtml(run));
  const [course] = document.querySelectorAll('figure svg');
  const paths = [...course!.querySelectorAll('g[aria-label="line"] path')].map((path) => path.getAttribute('d') ?? '');
  const heights = paths.map((d: string) =>
    d
      .split(/[ML]/)
      .filter(Boolean)
      .map((pair) => Number(pair.split(',')[1])),
  );
  // The p50 and p95 of all 90 windows; of 100 or 200 requests one or two lie beyond the p99: too few to be drawn.
  assert.deepEqual(
    heights.map((list) => list.length),
    [90, 90],
  );
  const slow = heights[0]!.findIndex((y: number) => y < heights[0]![0]! - 50);
  assert.equal(slow, 40, 'the jump is at 40 s');
});

test('an INVALID run has its reasons with advice and no verdict', async () => {
  const run = await spiky();
  const reasons = [{ code: 'x', message: 'it was late', advice: 'end what else runs' }];
  const document = documentOf(runHtml({ ...run, validity: { valid: false, reasons, notes: [] } }));
  assert.match(document.querySelector('h1')!.textContent!, /: INVALID$/);
  assert.match(document.body.textContent!, /it was late\. end what else runs/);
  assert.doesNotMatch(document.body.textContent!, /MISSED|\bmet\b/);
});

test('a run without a single answer still has a page', async () => {
  const run = await madeRun({ phases: [['hold', 'hold', 5, 50]], answer: () => ({ ms: 10_000, status: 0 }) });
  assert.match(runHtml(run), /never/);
});
