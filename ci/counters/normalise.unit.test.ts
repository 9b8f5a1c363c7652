import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STATEMENT_LENGTH } from './defaults.ts';
import { logText, mongodbText, sqlText } from './normalise.ts';

test('SQL loses its comments and line breaks and keeps everything else', () => {
  const text = `select a, /* of two\n lines */ b -- the rest\n  from t\n where c = '--' || $1`;
  assert.match(sqlText(text), /^select a, b from t where c = '/);
  assert.equal(sqlText('select 1\n  from t'), sqlText('select 1 from t'));
  assert.ok(sqlText(`select ${'a, '.repeat(STATEMENT_LENGTH)}`).length <= STATEMENT_LENGTH + 1);
});

test('a text in quotes that looks like a comment is kept', () => {
  assert.equal(sqlText(`select '-- no', "/* no */" from t`), `select '-- no', "/* no */" from t`);
});

test('operations of MongoDB that differ only in their values have the same shape', () => {
  const find = (id: string, ids: string[]) =>
    mongodbText({
      op: 'query',
      ns: 'ams.cards',
      command: { find: 'cards', filter: { _id: id, class: { $in: ids } }, limit: 1, lsid: { id: 'x' }, $db: 'ams' },
    });
  assert.equal(find('a', ['b']), 'find cards {filter: {_id: ?, class: {$in: [?]}}, limit: ?}');
  assert.equal(find('a', ['b']), find('c', ['d', 'e', 'f']));
});

test('an operation that asks another question has another shape', () => {
  const find = (filter: Record<string, unknown>) =>
    mongodbText({ op: 'query', ns: 'ams.cards', command: { find: 'cards', filter } });
  assert.notEqual(find({ a: 1 }), find({ b: 1 }));
});

test('updates are named by what they change, with dates and identifiers in field names left out', () => {
  const update = (date: string) =>
    mongodbText({ op: 'update', ns: 'ams.sheets', command: { q: { _id: 'x' }, u: { $set: { [`days.${date}`]: 1 } } } });
  assert.equal(update('2026-11-23'), 'update sheets {q: {_id: ?}, u: {$set: {days.?: ?}}}');
  assert.equal(update('2026-11-23'), update('2026-11-24'));
});

test('a collection may have dots in its name', () => {
  assert.match(
    mongodbText({ op: 'insert', ns: 'ams.cards.old', command: { insert: 'cards.old' } }),
    /^insert cards.old /,
  );
});

test('log lines are kept by level and message, without numbers and identifiers', () => {
  const line = (id: string, ms: number) =>
    JSON.stringify({ level: 'info', elapsedMs: ms, message: `member ${id} in ${ms} ms` });
  const text = logText('api', line('0b9f5a2e-7a1c-4f2e-9d57-3f0a4a1f2b3c', 12.5));
  assert.equal(text, 'api: info member ? in ? ms');
  assert.equal(text, logText('api', line('7c9e6679-7425-40de-944b-e07fc1f90ae7', 3)));
  assert.equal(logText('api', '2026-11-23T05:00:00Z started on port 8080'), 'api: ? started on port ?');
  assert.equal(logText('api', '{not json'), 'api: {not json');
});
