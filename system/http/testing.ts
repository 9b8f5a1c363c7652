// For tests of the HTTP side: the whole app behind a real server, on services that note what reached them.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../clock.ts';
import { createLog } from '../telemetry/log.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { createApp } from './app.ts';
import { secretKey } from './auth.ts';
import { createHealth } from './health.ts';
import type { Route, Services } from './routes.ts';
import { SECRET, VALID } from './testing-requests.ts';

/** What reached the services since the last `reset`. */
export let calls: { useCase: string; tenantId: string; input: unknown; requestHash?: string }[] = [];
/** Log lines since the last `reset`. */
export let lines: Record<string, unknown>[] = [];
export let baseUrl: string;
/** What every service call throws. */
let trouble: unknown;

export function reset(): void {
  calls = [];
  lines = [];
  trouble = undefined;
}

export function failWith(error: unknown): void {
  trouble = error;
}

/** Starts the app on a free port of 127.0.0.1; gives what ends it. */
export async function startApp(): Promise<() => Promise<void>> {
  const metrics = createMetrics('api', { version: 'test', commit: 'test' });
  const log = createLog({ LOG_LEVEL: 'info' }, 'api', { write: (line) => void lines.push(JSON.parse(line)) });
  const app = createApp({
    services: notingServices(metrics),
    health: createHealth({}, 100),
    key: secretKey(SECRET),
    clock: systemClock,
    log,
    metrics,
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
}

/** Services that note who asked for what and answer something well-formed. */
function notingServices(metrics: Metrics): Services {
  const noted = <T>(useCase: string, tenantId: string, input: unknown, answer: T, requestHash?: string) => {
    calls.push({ useCase, tenantId, input, ...(requestHash && { requestHash }) });
    if (trouble) throw trouble;
    return Promise.resolve(answer);
  };
  const handler =
    (useCase: string, status: 200 | 201) =>
    async (context: { tenantId: string; requestHash: string }, input: { id: string }) =>
      noted(
        useCase,
        context.tenantId,
        input,
        { id: input.id, version: 3, status, replayed: false, data: { id: input.id, version: 3 } },
        context.requestHash,
      );
  return {
    commands: {
      enrolMember: handler('enrolMember', 201),
      renameMember: handler('renameMember', 200),
      requestAttendance: handler('requestAttendance', 201),
      confirmAttendance: handler('confirmAttendance', 200),
    },
    memberCard: async (tenantId, id) =>
      noted('readMemberCard', tenantId, id, {
        id,
        version: 2,
        name: 'Kim Minji',
        role: 'student',
        phone: '***-****-5678',
        enrolledAt: '2026-03-01T00:00:00.000Z',
        updatedAt: '2026-03-01T00:00:00.000Z',
      }),
    attendanceSheets: {
      page: async (query) => noted('readAttendanceSheet', query.tenantId, query, { entries: [], total: 0 }),
      entry: async () => null,
    },
    attendanceStatistic: async (tenantId, date) =>
      noted('readAttendanceStatistic', tenantId, date, {
        value: { date, requested: 0, confirmed: 0, present: 0, late: 0, absent: 0 },
        cache: 'hit' as const,
      }),
    wait: { waitMs: 20, clock: systemClock, metrics },
  };
}

export interface Answer {
  status: number;
  headers: Headers;
  body: {
    data?: unknown;
    meta?: Record<string, unknown>;
    error?: { code: string; message: string; timestamp: string };
  };
}

/** Sends the valid request of a route, changed as said. */
export async function send(
  route: Route,
  headers: Record<string, string>,
  change: { body?: string | undefined; path?: string; key?: string | null } = {},
): Promise<Answer> {
  const { path, body } = VALID[route.useCase]!;
  const isCommand = route.kind === 'command';
  const key = change.key === undefined ? 'key-1' : change.key;
  const response = await fetch(baseUrl + (change.path ?? path), {
    method: route.method,
    headers: {
      ...headers,
      ...(isCommand && { 'content-type': 'application/json' }),
      ...(isCommand && key !== null && { 'idempotency-key': key }),
    },
    ...(isCommand && { body: change.body ?? JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
}

export function refusedWith({ status, body }: Answer, expectedStatus: number, code: string, because: string): void {
  assert.equal(status, expectedStatus, because);
  assert.deepEqual(Object.keys(body), ['error'], because);
  assert.deepEqual(Object.keys(body.error!), ['code', 'message', 'timestamp'], because);
  assert.equal(body.error!.code, code, because);
  assert.equal(new Date(body.error!.timestamp).toISOString(), body.error!.timestamp, because);
  assert.equal(calls.length, 0, `${because}: nothing may reach a service`);
}
