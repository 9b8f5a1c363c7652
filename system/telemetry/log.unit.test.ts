import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog, type Logger } from './log.ts';
import { maskPhone, maskText } from './mask.ts';

const clock = { now: () => new Date('2026-03-01T09:00:00.123Z'), monotonicMs: () => 0 };

function logged(say: (log: Logger) => void, level = 'info'): Record<string, unknown>[] {
  const lines: string[] = [];
  say(createLog({ LOG_LEVEL: level }, 'api', { write: (line) => void lines.push(line) }, clock));
  return lines.map((line) => JSON.parse(line));
}

test('every line has exactly the ten fields, whatever was known', () => {
  const trace = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
  const [full, bare] = logged((log) => {
    log.info({ ...trace, tenantId: 't', actor: 'u', useCase: 'enrolMember', elapsedMs: 1.5, detail: { n: 1 } }, 'done');
    log.error({}, 'bad');
  });
  const fields = 'actor detail elapsedMs level message spanId tenantId timestamp traceId useCase'.split(' ');
  assert.deepEqual(Object.keys(full!).sort(), fields);
  assert.deepEqual(Object.keys(bare!).sort(), fields);
  assert.deepEqual(full, {
    timestamp: '2026-03-01T09:00:00.123Z',
    level: 'info',
    ...trace,
    tenantId: 't',
    actor: 'u',
    useCase: 'enrolMember',
    elapsedMs: 1.5,
    message: 'done',
    detail: { role: 'api', n: 1 },
  });
  assert.equal(bare!.level, 'error');
});

test('personal data is masked by key and by shape, at any depth, in errors too', () => {
  const cause = new Error('no member with phone 010-1234-5678');
  const [line] = logged((log) =>
    log.error(
      {
        detail: {
          body: { name: 'Kim Minji', phone: '01012345678', list: [{ Authorization: 'Basic c2VjcmV0' }] },
          error: new Error('refused Bearer abc.def.ghi', { cause }),
        },
      },
      'call +82 10-1234-5678 back',
    ),
  );
  const text = JSON.stringify(line);
  for (const secret of ['Kim', '01012345678', '1234-5678', 'c2VjcmV0', 'abc.def'])
    assert.ok(!text.includes(secret), secret);
  assert.match(text, /no member with phone \*\*\*/);
});

test('ids, dates and times are not taken for phone numbers', () => {
  const harmless =
    'trace 4bf92f3577b34da6a3ce929d0e0e4736 id 12345678-1234-4234-8234-123456789012 at 2026-03-01T09:00:00.123Z on 127.0.0.1:54321';
  assert.equal(maskText(harmless), harmless);
  assert.equal(maskPhone('010-1234-5678'), '***-****-5678');
  assert.equal(maskPhone('12'), '***');
});

test('below its level nothing is written', () => {
  assert.equal(logged((log) => log.info({}, 'x'), 'warn').length, 0);
  assert.equal(logged((log) => log.warn({}, 'x'), 'warn').length, 1);
});
