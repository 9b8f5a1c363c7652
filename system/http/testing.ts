// For tests of the HTTP side: the whole app behind a real server, on services that note what reached them.
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../clock.ts';
import type { ErrorCode } from '../errors.ts';
import { createLog } from '../telemetry/log.ts';
import { COMMANDS, createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { createTracing } from '../telemetry/tracing.ts';
import { createApp } from './app.ts';
import { secretKey } from './auth.ts';
import { createHealth, type Health } from './health.ts';
import { codesOf } from './openapi.ts';
import type { Route } from './route.ts';
import { httpServer, listen } from './server.ts';
import type { Services } from './services.ts';
import { ANSWERS } from './testing-answers.ts';
import { SECRET, VALID } from './testing-requests.ts';

/** What reached the services since the last `reset`. */
export let calls: { useCase: string; input: unknown[] }[] = [];
/** Log lines since the last `reset`. */
export let lines: Record<string, unknown>[] = [];
export let baseUrl: string;
export let health: Health;
/** What every service call throws. */
let trouble: unknown;
/** Subjects that have nothing left of their limit. */
export const exhausted = new Set<string>();

export function reset(): void {
  calls = [];
  lines = [];
  trouble = undefined;
  exhausted.clear();
}

export function failWith(error: unknown): void {
  trouble = error;
}

/** Starts the app on a free port of 127.0.0.1; gives what ends it. */
export async function startApp(): Promise<() => Promise<void>> {
  const metrics = createMetrics('api', { version: 'test', commit: 'test' });
  const log = createLog({ LOG_LEVEL: 'info' }, 'api', { write: (line) => void lines.push(JSON.parse(line)) });
  health = createHealth({}, 100);
  const app = createApp({
    services: notingServices(metrics),
    health,
    key: secretKey(SECRET),
    clock: systemClock,
    log,
    metrics,
    tracing: createTracing({ sampleRatio: 0, serviceName: 'ams-api', version: 'test' }),
    sinceStartSeconds: () => 1,
    limiter: {
      take: (kind, subject) => {
        const allowed = !exhausted.has(`${kind}:${subject}`);
        return { allowed, retryAfterSeconds: allowed ? 0 : 7 };
      },
    },
    collect: (_req, res) => void res.status(202).end(),
    version: 'test',
  });
  const server = httpServer(app, systemClock);
  await listen(server, { PORT: 0, HOST: '127.0.0.1' });
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
}

/** Services that note who asked for what, under the name of the use case, and answer something well-formed. */
function notingServices(metrics: Metrics): Services {
  const noted =
    (useCase: keyof typeof ANSWERS) =>
    async (...input: unknown[]) => {
      calls.push({ useCase, input });
      if (trouble) throw trouble;
      return ANSWERS[useCase];
    };
  return {
    commands: Object.fromEntries(COMMANDS.map((useCase) => [useCase, noted(useCase)])),
    memberCard: noted('readMemberCard'),
    memberLists: { page: noted('listMembers') },
    classCards: { one: noted('readClassCard'), page: noted('listClasses') },
    classRosters: { page: noted('readClassRoster') },
    attendanceSheets: { page: noted('readAttendanceSheet'), entry: async () => null },
    studentAttendances: { page: noted('readStudentAttendances') },
    attendanceStatistics: noted('readAttendanceStatistic'),
    paymentLists: { page: noted('listPayments') },
    paymentStatistics: noted('readPaymentStatistic'),
    receipts: noted('readReceipt'),
    wait: { waitMs: 20, clock: systemClock, metrics },
    accounts: {
      create: noted('createAccount'),
      signIn: noted('signIn'),
      refresh: noted('refreshTokens'),
      signOut: noted('signOut'),
      requestVerification: noted('requestPhoneVerification'),
      confirmVerification: noted('confirmPhoneVerification'),
    },
    takeProfile: async (_req: unknown, res: ServerResponse) => {
      await noted('takeProfile')();
      res.end('{}');
    },
    takeHeap: async (_req: unknown, res: ServerResponse) => {
      await noted('takeHeap')();
      res.end('{}');
    },
  } as unknown as Services;
}

export interface Answer {
  status: number;
  headers: Headers;
  body: {
    data?: unknown;
    meta?: Record<string, unknown>;
    error?: { code: ErrorCode; message: string; timestamp: string };
  };
}

/** Sends the valid request of a route, changed as said, and holds what comes back against what the route says of itself. */
export async function send(
  route: Route,
  headers: Record<string, string>,
  change: { body?: string | undefined; path?: string; key?: string | null } = {},
): Promise<Answer> {
  const valid = VALID[route.useCase]!;
  const key = change.key === undefined ? 'key-1' : change.key;
  const response = await fetch(baseUrl + (change.path ?? valid.path), {
    method: route.method,
    headers: {
      ...(route.body && { 'content-type': 'application/json' }),
      ...(route.kind === 'command' && key !== null && { 'idempotency-key': key }),
      ...valid.headers,
      ...headers,
    },
    ...(route.body && { body: change.body ?? JSON.stringify(valid.body) }),
  });
  const text = await response.text();
  const answer = { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : {} };
  asDocumented(route, answer);
  return answer;
}

/** What the OpenAPI document says of this route's answers is true of this one. */
export function asDocumented(route: Route, { status, body }: Pick<Answer, 'status' | 'body'>): void {
  if (body.error) {
    assert.ok(codesOf(route).includes(body.error.code), `${route.useCase} does not say ${body.error.code}`);
    return;
  }
  assert.equal(status, route.status, route.useCase);
  if (status === 204 || route.template.startsWith('/debug/')) return;
  assert.deepEqual(Object.keys(body), ['data', 'meta'], route.useCase);
  for (const [said, schema] of [
    [body.data, route.data],
    [body.meta, route.meta],
  ] as const) {
    const read = schema.safeParse(said);
    assert.ok(read.success, `${route.useCase}: ${JSON.stringify(said)}: ${read.error?.message}`);
  }
}

export function refusedWith({ status, body }: Answer, expectedStatus: number, code: string, because: string): void {
  assert.equal(status, expectedStatus, `${because}: ${JSON.stringify(body)}`);
  assert.deepEqual(Object.keys(body), ['error'], because);
  assert.deepEqual(Object.keys(body.error!), ['code', 'message', 'timestamp'], because);
  assert.equal(body.error!.code, code, because);
  assert.equal(new Date(body.error!.timestamp).toISOString(), body.error!.timestamp, because);
  assert.equal(calls.length, 0, `${because}: nothing may reach a service`);
}
