// The comment against a GitHub of our own, which does what the REST documentation says: pages, statuses, refusals.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, beforeEach, test } from 'node:test';

const TOKEN = 'a-token';
const CHANGED = '<!-- performance-gate changed -->\n\n## Performance gate: REGRESSION\n';
const UNCHANGED = '<!-- performance-gate unchanged -->\n\n## Performance gate: PASS\n';

let comments: { id: number; body: string }[] = [];
let calls: string[] = [];
let refusal: number | undefined;

const server = http.createServer(async (request, response) => {
  const url = new URL(request.url!, 'http://127.0.0.1');
  const answer = (status: number, data: unknown, headers = {}) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(data));
  calls.push(`${request.method} ${url.pathname}`);
  let text = '';
  for await (const chunk of request) text += chunk;
  if (request.headers.authorization !== `Bearer ${TOKEN}`) return answer(401, { message: 'Bad credentials' });
  if (refusal) return answer(refusal, { message: 'Resource not accessible by integration' });
  const shown = (comment: (typeof comments)[0]) => ({ ...comment, html_url: `https://example.test/c/${comment.id}` });
  const list = '/repos/o/r/issues/7/comments';
  if (request.method === 'GET' && url.pathname === list) {
    const size = Math.min(100, Number(url.searchParams.get('per_page') ?? 30));
    const page = Number(url.searchParams.get('page') ?? 1);
    const more = comments.length > page * size;
    url.searchParams.set('page', String(page + 1));
    const link = more
      ? { link: `<${api}${url.pathname}?${url.searchParams}>; rel="next", <${api}/last>; rel="last"` }
      : {};
    return answer(200, comments.slice((page - 1) * size, page * size).map(shown), link);
  }
  const body = text === '' ? '' : (JSON.parse(text) as { body: string }).body;
  if (body.length > 65_536)
    return answer(422, { message: 'Validation Failed: body is too long (maximum is 65536 characters)' });
  if (request.method === 'POST' && url.pathname === list) {
    const made = { id: 1000 + comments.length, body };
    comments.push(made);
    return answer(201, shown(made));
  }
  const found = comments.find((comment) => url.pathname === `/repos/o/r/issues/comments/${comment.id}`);
  if (request.method === 'PATCH' && found) {
    found.body = body;
    return answer(200, shown(found));
  }
  return answer(404, { message: 'Not Found' });
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const dir = await mkdtemp(path.join(os.tmpdir(), 'comment-'));
after(async () => {
  server.close();
  await rm(dir, { recursive: true, force: true });
});
beforeEach(() => {
  comments = [{ id: 1, body: 'a person' }];
  calls = [];
  refusal = undefined;
});

/** Runs the command as a step of a job would. */
async function post(body: string, environment: Record<string, string> = {}) {
  const [file, event] = [path.join(dir, 'comment.md'), path.join(dir, 'event.json')];
  await writeFile(file, body);
  await writeFile(event, JSON.stringify({ pull_request: { number: 7 } }));
  const root = path.join(import.meta.dirname, '..', '..');
  const child = spawn(process.execPath, ['cli.ts', 'gate:comment', file], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      GITHUB_TOKEN: TOKEN,
      GITHUB_REPOSITORY: 'o/r',
      GITHUB_API_URL: api,
      GITHUB_EVENT_PATH: event,
      ...environment,
    },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out, err };
}

test('a change makes one comment, the next gate changes it, and the same text again sends nothing', async () => {
  assert.match((await post(CHANGED)).out, /^comment created: https:/);
  assert.match((await post(UNCHANGED)).out, /^comment changed: https:/);
  calls = [];
  assert.match((await post(UNCHANGED)).out, /^comment kept: https:/);
  assert.deepEqual(calls, ['GET /repos/o/r/issues/7/comments']);
  assert.deepEqual(
    comments.map(({ body }) => body),
    ['a person', UNCHANGED],
  );
});

test('nothing changed and no comment: none is made', async () => {
  const { code, out } = await post(UNCHANGED);
  assert.equal(code, 0);
  assert.match(out, /none was made/);
  assert.equal(comments.length, 1);
});

test('the comment is found behind 250 others', async () => {
  comments = Array.from({ length: 250 }, (_, i) => ({ id: i + 1, body: `a person who writes performance-gate ${i}` }));
  comments.push({ id: 999, body: UNCHANGED });
  await post(CHANGED);
  assert.equal(comments.length, 251);
  assert.equal(comments.at(-1)!.body, CHANGED);
  assert.equal(calls.filter((call) => call.startsWith('GET')).length, 3);
});

test('a token that may not write is said with the permission that is missing', async () => {
  refusal = 403;
  const { code, err } = await post(CHANGED);
  assert.equal(code, 2);
  assert.match(err, /comment\.refused: .*403 Resource not accessible.*\nhint: .*pull-requests: write/);
});

test('what is missing or foreign is said: token, pull request, server, file', async () => {
  for (const [environment, says] of [
    [{ GITHUB_TOKEN: '' }, /the token is not known/],
    [{ GITHUB_EVENT_PATH: '' }, /the pull request is not known/],
    [{ GITHUB_API_URL: 'http://127.0.0.1:1' }, /comment\.unreachable/],
  ] as const) {
    const { code, err } = await post(CHANGED, environment);
    assert.equal(code, 2);
    assert.match(err, says);
  }
  assert.match((await post('hello')).err, /is no comment of the gate/);
  assert.equal(comments.length, 1);
});
