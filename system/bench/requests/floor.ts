// The floor of the request benchmarks: a bare `node:http` handler with the same MongoDB read and the same JSON, and the
// same transaction in one round trip. No token, no checks, no limit, no log, no metrics.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { MongoClient } from 'mongodb';
import pg from 'pg';
import { readConfig } from '../../config.ts';
import { maskPhone } from '../../telemetry/mask.ts';
import { store } from '../../write/store.ts';

interface Card {
  _id: string;
  tenantId: string;
  memberId: string;
  version: number;
  name: string;
  role: string;
  phone: string;
  guardianId: string | null;
  enrolledAt: Date;
  updatedAt: Date;
}

const TRACE_PARENT = `00-${'1'.repeat(32)}-${'1'.repeat(16)}-00`;

const config = readConfig();
const mongo = new MongoClient(config.MONGODB_URL, { maxPoolSize: config.MONGO_POOL_MAX });
const cards = mongo.db().collection<Card>('member_card');
const pool = new pg.Pool({ connectionString: config.DATABASE_URL, max: config.PG_POOL_MAX });

async function readCard(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const tenantId = req.headers['x-ams-tenant'] as string;
  const id = req.url!.slice('/api/v1/members/'.length);
  const card = (await cards.findOne({ _id: `${tenantId}/${id}` }))!;
  const data = {
    id: card.memberId,
    version: card.version,
    name: card.name,
    role: card.role,
    phone: maskPhone(card.phone),
    guardianId: card.guardianId,
    enrolledAt: card.enrolledAt.toISOString(),
    updatedAt: card.updatedAt.toISOString(),
  };
  answer(res, 200, { data, meta: { stale: false } });
}

async function requestAttendance(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { id, classId, studentId, date } = JSON.parse(await textOf(req));
  const state = { classId, studentId, date, status: 'requested', mark: null };
  const data = { id, version: 1, ...state };
  const context = {
    tenantId: req.headers['x-ams-tenant'] as string,
    actor: 'teacher',
    idempotencyKey: req.headers['idempotency-key'] as string,
    requestHash: 'floor',
    traceParent: TRACE_PARENT,
  };
  const { outcome } = await store(pool, context, {
    aggregateType: 'attendance',
    id,
    expectedVersion: 0,
    state,
    events: [{ type: 'AttendanceRequested', data: { classId, studentId, date } }],
    status: 201,
    response: JSON.stringify(data),
  });
  answer(res, outcome === 'stored' ? 201 : 409, { data, meta: {} });
}

function textOf(req: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    req.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    req.on('end', () => resolve(text)).on('error', reject);
  });
}

function answer(res: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text);
}

const server = createServer((req, res) => {
  const handled =
    req.method === 'POST'
      ? requestAttendance(req, res)
      : req.url!.startsWith('/api/')
        ? readCard(req, res)
        : Promise.resolve(answer(res, 200, { status: 'UP' }));
  handled.catch((error: Error) => answer(res, 500, { error: error.message }));
});
server.listen(config.PORT, config.HOST);
process.once('SIGTERM', async () => {
  server.close();
  server.closeAllConnections();
  await Promise.all([pool.end(), mongo.close()]);
});
