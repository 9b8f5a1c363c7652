// A small service whose work per request is known: what GET /card and POST /order do, and one more of each kind with MORE=1.
import { createServer } from 'node:http';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import pg from 'pg';

const { DATABASE_URL, MONGODB_URL, REDIS_URL, OTLP_URL, PORT } = process.env;
const isMore = process.env.MORE === '1';
const pool = new pg.Pool({ connectionString: DATABASE_URL });
const mongo = new MongoClient(MONGODB_URL!);
const cards = mongo.db().collection<{ _id: string }>('cards');
const redis = new Redis(REDIS_URL!);

const log = (message: string) =>
  process.stdout.write(`${JSON.stringify({ level: 'info', elapsedMs: Math.random() * 1000, message })}\n`);

async function span(traceParent: string | undefined, name: string): Promise<void> {
  const traceId = traceParent?.split('-')[1];
  const attributes = [{ key: 'service.name', value: { stringValue: 'server' } }];
  const scopeSpans = [{ spans: [{ traceId, name }] }];
  const body = JSON.stringify({ resourceSpans: [{ resource: { attributes }, scopeSpans }] });
  await fetch(`${OTLP_URL}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
}

async function card(traceParent: string | undefined): Promise<string> {
  const { rows } = await pool.query('select name from card where id <= $1 -- those before', [3]);
  await cards.findOne({ _id: 'one' });
  await redis.get('card');
  log('GET /card');
  await span(traceParent, 'card');
  if (isMore) {
    for (const { name } of rows) await pool.query('select id from card where name = $1', [name]);
    await cards.find({ color: 'red' }).toArray();
    await redis.hget('card', 'name');
    log(`looked again at ${rows.length} cards`);
    await span(traceParent, 'looked again');
  }
  return JSON.stringify(rows);
}

async function order(): Promise<string> {
  await pool.query('insert into outbox (data) select $1 from generate_series(1, $2)', ['ordered', isMore ? 2 : 1]);
  if (isMore) await pool.query('select look_again(2)');
  // Work that begins after the answer.
  setTimeout(() => void redis.incr('orders'), 100);
  return '{}';
}

// Never still, whatever is asked.
setInterval(() => void pool.query('select count(*) as waiting from outbox').catch(() => {}), 50);

createServer(async (request, response) => {
  const { url, headers } = request;
  request.resume();
  if (url === '/card') response.end(await card(headers.traceparent as string | undefined));
  else if (url === '/order') response.end(await order());
  else response.end();
}).listen(Number(PORT), '127.0.0.1');
