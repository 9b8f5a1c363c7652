import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unknownCommands } from './commands.ts';
import { lookedAt } from './lookback.ts';
import { questionsOf } from './page.ts';

const page = (mark: string) =>
  `# X\n\n## Diagnosis\n\nIs it?\n\n${mark}\`\`\`promql\nup == 0\n\`\`\`\n\n\`\`\`promql\nup\n\`\`\`\n`;

test('a query stands with its line and with what the comment before it says; without one it is strict', () => {
  const strict = { query: 'up', moment: 'fault' };
  assert.deepEqual(questionsOf(page(''), 'x.md'), [
    { line: 7, query: 'up == 0', moment: 'fault' },
    { line: 11, ...strict },
  ]);
  for (const [mark, expected] of [
    ['fault: redis-cut', { moment: 'fault', fault: 'redis-cut' }],
    ['after', { moment: 'after' }],
    ['always: it is', { moment: 'fault', always: 'it is' }],
  ] as const) {
    assert.deepEqual(questionsOf(page(`<!-- ${mark} -->\n`), 'x.md'), [
      { line: 8, query: 'up == 0', ...expected },
      { line: 12, ...strict },
    ]);
  }
});

test('a comment that says nothing about a query is refused with file and line', () => {
  assert.throws(() => questionsOf(page('<!-- alway: a slip -->\n'), 'x.md'), {
    code: 'runbook.mark',
    message: /^x\.md:7: /,
  });
});

test('every selector is recorded as far back as its range, subquery and offset look', () => {
  assert.deepEqual(lookedAt('max_over_time(rate(a{b="c"}[10s])[60s:2s]) > 2'), [
    { selector: 'a{b="c"}', backMs: 70_000, spacingMs: 2000 },
  ]);
  assert.equal(lookedAt('sum(d offset 30s)')[0]!.backMs, 30_000);
  assert.equal(lookedAt('up == 0')[0]!.backMs, 0);
});

test('a command that nobody knows is named', () => {
  const known = { scripts: ['slo', 'gate'], words: ['drill'], services: ['api-1', 'api-2'] };
  const text = 'do `npm run gate`, `npm run slo -- drill`, `npm run nothing` and `docker compose restart api-1 api-3`';
  assert.deepEqual(unknownCommands(text, known), { unknown: ['nothing', 'api-3'], checked: 6 });
});
