import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { createLog, type RequestLogger } from './log.ts';
import { mask, maskPhone, maskText } from './mask.ts';

const clock = { now: () => new Date('2026-03-01T09:00:00.123Z'), monotonicMs: () => 0 };

function logged(say: (log: RequestLogger) => void, level = 'info'): Record<string, unknown>[] {
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

const request = {
  span: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: false },
  method: 'GET',
  route: '/api/v1/members/:id',
  status: 200,
  elapsedMs: 1.23456,
  tenantId: 'academy "1"',
  actor: 'teacher\n1',
  useCase: 'readMemberCard',
};

test('the line of a request is the line that the logger writes, only faster', () => {
  const [fast, slow, bare] = logged((log) => {
    log.request(request);
    const { span, method, route, status, elapsedMs: _, ...rest } = request;
    const { sampled: __, ...trace } = span;
    log.info(
      { ...trace, ...rest, elapsedMs: 1.235, detail: { method, route, status } },
      `${method} ${route} ${status}`,
    );
    log.request({ ...request, tenantId: undefined, actor: undefined });
  });
  assert.deepEqual(fast, slow);
  assert.deepEqual([bare!.tenantId, bare!.actor], [null, null]);
});

test('successes are sampled; refusals, failures and requests with a sampled trace keep their line', () => {
  const lines: { actor: string; level: string; detail: { error?: { stack?: string } } }[] = [];
  const draws = [0.4, 0.6];
  const log = createLog(
    { LOG_LEVEL: 'info', LOG_SUCCESS_RATIO: 0.5 },
    'api',
    { write: (line) => void lines.push(JSON.parse(line)) },
    clock,
    () => draws.shift()!,
  );
  log.request({ ...request, actor: 'drawn' });
  log.request({ ...request, actor: 'not drawn' });
  log.request({ ...request, actor: 'traced', span: { ...request.span, sampled: true } });
  const refusal = Object.assign(new Error('refused for 010-1234-5678'), { code: 'role.forbidden' });
  log.request({ ...request, actor: 'refused', status: 403, error: refusal });
  log.request({ ...request, actor: 'failed', status: 500, error: new Error('broken') });
  assert.deepEqual(
    lines.map(({ actor }) => actor),
    ['drawn', 'traced', 'refused', 'failed'],
  );
  assert.deepEqual(
    lines.map(({ level }) => level),
    ['info', 'info', 'info', 'error'],
  );
  assert.deepEqual(lines[2]!.detail.error, { code: 'role.forbidden', message: 'refused for ***' });
  assert.match(lines[3]!.detail.error!.stack!, /broken/);
});

test('e-mail addresses, card numbers, tokens and passwords are masked, other long numbers are not', () => {
  const masked = [
    'write to minji.kim+a@example.co.kr',
    'paid with 4111 1111 1111 1111',
    'paid with 4111-1111-1111-1111',
    'token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.abc_def-1',
  ];
  for (const text of masked) assert.match(maskText(text), /^(write to|paid with|token) \*\*\*$/, text);
  for (const text of ['at 1772355609000', 'nanoseconds 1772355609000000000', 'order 4111111111111112'])
    assert.equal(maskText(text), text);
  const secrets = {
    email: 'x',
    cardNumber: 'x',
    refresh_token: 'x',
    'Set-Cookie': 'x',
    passwordHash: 'x',
    code: 'kept',
  };
  assert.deepEqual(
    Object.entries(mask(secrets) as object).filter(([, value]) => value !== '***'),
    [['code', 'kept']],
  );
});

test('masking takes a time that grows with the text and not with its square', () => {
  const hostile = [
    'a'.repeat(200_000),
    'eyJ-'.repeat(50_000),
    '1 '.repeat(100_000),
    'a@'.repeat(100_000),
    'a.'.repeat(100_000),
  ];
  for (const text of hostile) {
    const began = performance.now();
    maskText(text);
    // A quadratic pattern takes minutes here; a busy machine does not make 10 s of some milliseconds.
    assert.ok(performance.now() - began < 10_000, text.slice(0, 10));
  }
});

for (const [end, code] of [
  ['throw new Error("crash")', 1],
  ['process.exit(3)', 3],
  ['', 0],
] as const) {
  test(`every line is whole and written when the process ends by ${end || 'itself'}`, () => {
    const program = `
      import { createLog } from ${JSON.stringify(path.join(import.meta.dirname, 'log.ts'))};
      const log = createLog({ LOG_LEVEL: 'info' }, 'api');
      for (let n = 0; n < 2000; n++) log.info({ elapsedMs: n }, 'line');
      ${end}`;
    const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', program]);
    const numbers = stdout
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).elapsedMs);
    assert.deepEqual(
      numbers,
      Array.from({ length: 2000 }, (_, n) => n),
    );
    assert.equal(status, code);
  });
}
