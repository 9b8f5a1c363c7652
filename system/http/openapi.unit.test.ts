import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openApi } from './openapi.ts';
import { ROUTES } from './routes/table.ts';
import { baseUrl, startApp } from './testing.ts';

type Json = Record<string, unknown>;
interface Operation {
  operationId: string;
  parameters: { name?: string; in?: string; required?: boolean; schema?: Json; $ref?: string }[];
  requestBody?: Json;
  responses: Record<string, { description: string; content?: { 'application/json': { schema: Json } } }>;
  security: unknown[];
}

let close: () => Promise<void>;
let document: Json & { paths: Record<string, Record<string, Operation>> };
before(async () => {
  close = await startApp();
  const response = await fetch(`${baseUrl}/api/v1/openapi.json`);
  assert.match(response.headers.get('content-type')!, /^application\/json/);
  document = (await response.json()) as typeof document;
});
after(() => close());

test('the document that is served is made of the table: every route is in it once, and nothing else', () => {
  assert.deepEqual(document, JSON.parse(JSON.stringify(openApi(ROUTES, 'test'))));
  assert.equal(document.openapi, '3.1.0');
  const described = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { operationId }]) => [operationId, `${method.toUpperCase()} ${path}`]),
  );
  const routed = ROUTES.map(({ useCase, method, template }) => [
    useCase,
    `${method} ${template.replace(/:(\w+)/g, '{$1}')}`,
  ]);
  assert.deepEqual(described.sort(), routed.sort());
});

test('every reference leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref!);
  assert.ok(references.length > ROUTES.length);
  for (const reference of new Set(references)) {
    assert.match(reference, /^#\//);
    const found = reference
      .slice(2)
      .split('/')
      .reduce<unknown>((at, key) => (at as Json | undefined)?.[key], document);
    assert.ok(found, reference);
  }
});

test('every operation says its parameters, its success and its errors by status', () => {
  for (const route of ROUTES) {
    const path = route.template.replace(/:(\w+)/g, '{$1}');
    const operation = document.paths[path]![route.method.toLowerCase()]!;
    const inPath = operation.parameters.filter((one) => one.in === 'path').map(({ name }) => `{${name}}`);
    assert.deepEqual(inPath, path.match(/\{\w+\}/g) ?? [], `${path}: the names of its path`);
    assert.equal(operation.requestBody !== undefined, route.body !== null, path);
    assert.deepEqual(operation.security, route.open ? [] : [{ bearer: [] }], path);
    const key = operation.parameters.some(({ $ref }) => $ref?.endsWith('/IdempotencyKey'));
    assert.equal(key, route.kind === 'command', path);
    assert.ok(operation.responses[route.status], `${path}: its success`);
    const refusals = Object.keys(operation.responses).filter((status) => status >= '400');
    for (const status of route.open ? ['400', '500'] : ['400', '401', '403', '500']) {
      assert.ok(refusals.includes(status), `${path}: ${status}`);
    }
    assert.equal(refusals.includes('429'), route.limit !== null, path);
  }
});

test('a number of a query is an integer with its bounds, and a choice is its values', () => {
  const { parameters } = document.paths['/api/v1/members']!.get!;
  const schemas = Object.fromEntries(parameters.map(({ name, schema }) => [name, schema]));
  assert.deepEqual(schemas.size, { type: 'integer', minimum: 1, maximum: 200, default: 50 });
  assert.deepEqual(schemas.sort, { type: 'string', enum: ['name', '-name'], default: 'name' });
});
