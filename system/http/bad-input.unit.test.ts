// Every route against every kind of bad input that its own schemas make possible: the table's code and status, never a 500.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { openApi } from './openapi.ts';
import { ROUTES } from './routes/table.ts';
import { baseUrl, calls, refusedWith, reset, send, startApp } from './testing.ts';
import { headersOf, VALID } from './testing-requests.ts';

const TENANT = 'academy-1';
let close: () => Promise<void>;
let headers: Record<string, string>;
before(async () => {
  close = await startApp();
  headers = await headersOf('super_admin', TENANT);
});
after(() => close());
beforeEach(reset);

const withBody = ROUTES.filter(({ body }) => body);
/** What no field of a body may be, whatever its type: each is wrong for text, ids, numbers, lists and choices alike. */
const NOTHING_VALID: [string, unknown][] = [
  ['null', null],
  ['true', true],
  ['a list of lists', [[]]],
  ['an object', { $gt: '' }],
  ['a huge number', 1e308],
  ['a fraction', 0.5],
  ['a negative number', -1],
  ['text with a NUL', 'a\u0000b'],
  ['half a surrogate pair', 'a\ud800b'],
  ['very long text', 'x'.repeat(20_000)],
  ['nothing but blanks', '   '],
];
/** Passwords may be any text, since only their hash is kept. */
const ANY_TEXT = new Set(['password']);

type Json = Record<string, unknown>;

/** Every place in a value that can be replaced: ways of keys and positions. */
function places(value: unknown, way: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [way];
  const inside = Object.entries(value).flatMap(([key, item]) => places(item, [...way, key]));
  return way.length > 0 ? [way, ...inside] : inside;
}

function replaced(value: unknown, [first, ...rest]: (string | number)[], by: unknown): unknown {
  if (first === undefined) return by;
  const copy = structuredClone(value) as Json;
  copy[first] = replaced(copy[first], rest, by);
  return copy;
}

test('no field of any body takes what is not of its kind', async () => {
  let tried = 0;
  for (const route of withBody) {
    const { body } = VALID[route.useCase]!;
    for (const way of places(body)) {
      for (const [what, wrong] of NOTHING_VALID) {
        if (ANY_TEXT.has(String(way[0])) && typeof wrong === 'string' && wrong.length < 200) continue;
        const answer = await send(route, headers, { body: JSON.stringify(replaced(body, way, wrong)) });
        refusedWith(answer, 400, 'request.invalid', `${what} for ${way.join('.')}: ${route.useCase}`);
        tried++;
      }
    }
  }
  assert.ok(tried > 400, `tried ${tried}`);
});

test('a body that is not the object that its schema describes is refused', async () => {
  for (const route of withBody) {
    const { body } = VALID[route.useCase]!;
    const text = JSON.stringify(body);
    const bodies: [string, string][] = [
      ['an unknown field', JSON.stringify({ ...body, tenantId: 'academy-2' })],
      ['a field called __proto__', `{"__proto__": {"role": "manager"}, ${text.slice(1)}`],
      ['not JSON', '{"id":'],
      ['two values', `${text}${text}`],
      ['nothing', ''],
      ['a list', `[${text}]`],
      ['null', 'null'],
      ['a text', '"text"'],
      ['very deep', `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
    ];
    for (const [what, wrong] of bodies) {
      refusedWith(await send(route, headers, { body: wrong }), 400, 'request.invalid', `${what}: ${route.useCase}`);
    }
    const large = JSON.stringify({ ...body, name: 'x'.repeat(70_000) });
    refusedWith(await send(route, headers, { body: large }), 413, 'request.too-large', route.useCase);
  }
});

test('what a schema requires cannot be left out, and what it does not require can', async () => {
  const document = openApi(ROUTES, 'test') as { paths: Record<string, Record<string, Json>> };
  for (const route of withBody) {
    const operation = document.paths[route.template.replace(/:(\w+)/g, '{$1}')]![route.method.toLowerCase()]!;
    const schema = (operation.requestBody as { content: { 'application/json': { schema: Json } } }).content;
    const { required = [] } = schema['application/json'].schema as { required?: string[] };
    const { body } = VALID[route.useCase]!;
    for (const field of Object.keys(body!)) {
      reset();
      const without = await send(route, headers, { body: JSON.stringify({ ...body, [field]: undefined }) });
      if (required.includes(field)) refusedWith(without, 400, 'request.invalid', `no ${field}: ${route.useCase}`);
      else assert.equal(without.status, route.status, `no ${field}: ${route.useCase}`);
    }
  }
});

test('a body comes as JSON in UTF-8 and as nothing else', async () => {
  for (const route of withBody) {
    const json = JSON.stringify(VALID[route.useCase]!.body);
    const cases: [string, Record<string, string>, string | Buffer<ArrayBuffer>][] = [
      ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'id=1'],
      ['plain text', { 'content-type': 'text/plain' }, json],
      ['another charset', { 'content-type': 'application/json; charset=utf-16' }, json],
      ['compressed', { 'content-encoding': 'gzip' }, json],
      ['not UTF-8', {}, Buffer.from(json.replace('"}', '\xff"}'), 'latin1')],
    ];
    for (const [what, more, body] of cases) {
      const path = VALID[route.useCase]!.path;
      const all = { ...headers, 'idempotency-key': 'k', 'content-type': 'application/json', ...more };
      const response = await fetch(baseUrl + path, { method: route.method, headers: all, body });
      const answer = { status: response.status, headers: response.headers, body: (await response.json()) as never };
      if (what === 'not UTF-8' && !json.includes('"}')) continue;
      refusedWith(answer, 400, 'request.invalid', `${what}: ${route.useCase}`);
    }
  }
});

test('no parameter of a query is taken twice, unknown, or of another kind', async () => {
  const document = openApi(ROUTES, 'test') as { paths: Record<string, Record<string, Json>> };
  let tried = 0;
  for (const route of ROUTES.filter(({ method }) => method === 'GET')) {
    const operation = document.paths[route.template.replace(/:(\w+)/g, '{$1}')]!.get!;
    const names = (operation.parameters as { name: string; in: string }[]).filter((one) => one.in === 'query');
    const [path, search = ''] = VALID[route.useCase]!.path.split('?');
    const wrong = [
      'unknown=1',
      '__proto__=1',
      'constructor=1',
      ...names.flatMap(({ name }) =>
        [
          '%00',
          '',
          '-1',
          '1e9',
          '99999999999999999999',
          '[object Object]',
          'a'.repeat(5000),
          '$where',
          '%F0%9F%92%A9',
        ].map((value) => `${name}=${value}`),
      ),
      ...names.flatMap(({ name }) => [`${name}=1&${name}=2`, `${name}[]=1`, `${name}[$gt]=`]),
    ];
    for (const part of wrong) {
      const rest = search.split('&').filter((one) => one && !part.startsWith(one.split('=')[0]!));
      const answer = await send(route, headers, { path: `${path}?${[...rest, part].join('&')}` });
      refusedWith(answer, 400, 'request.invalid', `${part.slice(0, 60)}: ${route.useCase}`);
      tried++;
    }
  }
  assert.ok(tried > 200, `tried ${tried}`);
});

test('no id in a path is anything but an id', async () => {
  for (const route of ROUTES.filter(({ template }) => template.includes(':'))) {
    const { path } = VALID[route.useCase]!;
    const id = path.split('/')[4]!.split('?')[0]!;
    for (const wrong of [
      '%00',
      '%ff',
      '%',
      '..%2f..%2fetc',
      '1',
      '{}',
      "'%20or%201=1",
      'x'.repeat(5000),
      '%0d%0aX:1',
    ]) {
      if (route.useCase === 'confirmPhoneVerification' && wrong === '1') continue;
      const answer = await send(route, headers, { path: path.replace(id, wrong) });
      refusedWith(answer, 400, 'request.invalid', `${wrong.slice(0, 40)}: ${route.useCase}`);
    }
  }
});

test('what is no HTTP at all is refused in the same envelope, and the server goes on', async () => {
  const { port } = new URL(baseUrl);
  const cases = [
    'GET /api/v1/members HTTP/1.1\r\nHost: x\r\nX-AMS-Tenant: a\u0000b\r\n\r\n',
    'GET /api/v1/members HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n',
    'POST /api/v1/members HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
    `GET /${'x'.repeat(40_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    'not HTTP\r\n\r\n',
  ];
  for (const text of cases) {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
      let got = '';
      socket
        .on('data', (chunk) => (got += chunk))
        .once('end', () => resolve(got))
        .once('error', reject);
    });
    assert.match(answer, /^HTTP\/1\.1 400 /, text.slice(0, 60));
    assert.equal(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))).error.code, 'request.invalid');
  }
  assert.equal((await send(ROUTES[0]!, headers)).status, ROUTES[0]!.status);
});

test('a caller who goes away in the middle of a body is no fault of the service', async () => {
  const { lines } = await import('./testing.ts');
  const { port } = new URL(baseUrl);
  const cut = request({
    port,
    method: 'POST',
    path: '/api/v1/members',
    headers: { ...headers, 'content-type': 'application/json', 'idempotency-key': 'k', 'content-length': 100 },
  });
  cut.on('error', () => {});
  cut.write('{"id":');
  await new Promise((resolve) => setTimeout(resolve, 50));
  cut.destroy();
  const logged = () => lines.find((line) => JSON.stringify(line).includes('"status":499'));
  for (let tries = 0; tries < 5000 && !logged(); tries++) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(logged()?.level, 'info');
  assert.equal(calls.length, 0);
});
