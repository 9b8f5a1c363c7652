import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { MongoClient } from 'mongodb';
import { seeded } from '../../../loadtests/workload/random.ts';
import { freshParts, type TestParts } from '../../../system/local/testing.ts';
import { plantEnvironment } from './environment.ts';
import { type Plant, readPlant } from './plants.ts';

/** Answers with what `ANSWER` makes of the request, after `SETUP`. */
const server = (answer: string, setup = '') => `
  import { createServer } from 'node:http';
  import v8 from 'node:v8';
  ${setup}
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    response.end(String(await (${answer})));
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

let parts: TestParts;
before(async () => {
  parts = await freshParts(['postgres', 'mongodb', 'redis']);
});
after(() => parts.close());

interface Timed {
  ms: number;
  text: string;
}
type Ask = (init?: RequestInit, path?: string) => Promise<Timed>;

/** Starts the program with the plant (null: without one), and ends it again. */
async function served(program: string, plant: Plant | null, use: (ask: Ask) => Promise<void>): Promise<void> {
  const env = {
    DATABASE_URL: parts.urls.postgres,
    MONGODB_URL: parts.urls.mongodb,
    REDIS_URL: parts.urls.redis,
    ...(plant && plantEnvironment(plant)),
  };
  const args = ['--input-type=module', '--eval', program];
  const child: ChildProcess = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  try {
    const port = await Promise.race([
      once(child.stdout!, 'data').then(([text]) => Number(String(text))),
      ended.then(([code]) => Promise.reject(new Error(`the program ended with ${code}`))),
    ]);
    await use(async (init, path = '/api/v1/x') => {
      const start = performance.now();
      const text = await (await fetch(`http://127.0.0.1:${port}${path}`, init)).text();
      return { ms: performance.now() - start, text };
    });
  } finally {
    child.kill();
    await ended;
  }
}

async function inTurn(count: number, ask: () => Promise<Timed>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) times.push((await ask()).ms);
  return times;
}

test('a planted delay of 20 ms holds up every request by 20 ms, keeps its body, and spares health and metrics', async () => {
  const echo = server('body');
  let bareMs = 0;
  await served(echo, null, async (ask) => {
    bareMs = Math.min(...(await inTurn(30, ask)));
  });
  await served(echo, readPlant('delay:20ms'), async (ask) => {
    const times = await inTurn(30, ask);
    assert.ok(Math.min(...times) >= 19.9, `${Math.min(...times)}`);
    // The quickest of thirty has met nothing else: it shows the delay itself.
    const addedMs = Math.min(...times) - bareMs;
    assert.ok(addedMs > 18.5 && addedMs < 23, `${addedMs} ms added`);
    assert.equal((await ask({ method: 'POST', body: 'whole' })).text, 'whole');
    const spared = Math.min(...(await inTurn(10, () => ask(undefined, '/actuator/health'))));
    assert.ok(spared < 19.9, `${spared}`);
  });
});

test('a delay of half a millisecond more goes to every second request', async () => {
  await served(server('body'), readPlant('delay:40.5ms'), async (ask) => {
    const times = await inTurn(10, ask);
    const long = times.filter((_, i) => i % 2 === 1);
    assert.ok(times.every((ms) => ms >= 39.9) && long.every((ms) => ms >= 40.9), times.join(' '));
  });
});

test('planted CPU is used by the process itself, and no more than was asked', async () => {
  const answer = 'process.cpuUsage().user + process.cpuUsage().system';
  const perRequest = async (plant: Plant | null) => {
    let ms = 0;
    await served(server(answer), plant, async (ask) => {
      await inTurn(20, ask);
      const first = Number((await ask()).text);
      await inTurn(39, ask);
      ms = (Number((await ask()).text) - first) / 1000 / 40;
    });
    return ms;
  };
  const added = (await perRequest(readPlant('cpu:20ms'))) - (await perRequest(null));
  assert.ok(added > 19 && added < 22, `${added} ms a request`);
});

test('a planted tail makes the drawn share of the requests wait and no other', async () => {
  await served(server('body'), readPlant('tail:25%:300ms'), async (ask) => {
    const random = seeded('plant/tail');
    const times = await inTurn(30, ask);
    const drawn = times.map(() => random() < 0.25);
    const slow = times.filter((_, i) => drawn[i]);
    const quick = times.filter((_, i) => !drawn[i]);
    assert.ok(slow.length > 3 && slow.every((ms) => ms >= 299), slow.join(' '));
    assert.ok(quick.filter((ms) => ms < 299).length >= quick.length - 2, quick.join(' '));
  });
});

test('a late plant spares the first requests of a start', async () => {
  await served(server('body'), readPlant('late:60ms:after=10'), async (ask) => {
    const times = await inTurn(20, ask);
    assert.ok(Math.min(...times.slice(0, 10)) < 59.9);
    assert.ok(Math.min(...times.slice(10)) >= 59.9, times.join(' '));
  });
});

test('a planted allocation is what the heap counts more', async () => {
  const answer = 'v8.getHeapStatistics().total_allocated_bytes';
  const perRequest = async (plant: Plant | null) => {
    let bytes = 0;
    await served(server(answer), plant, async (ask) => {
      await inTurn(20, ask);
      const first = Number((await ask()).text);
      await inTurn(49, ask);
      bytes = (Number((await ask()).text) - first) / 50;
    });
    return bytes;
  };
  const added = (await perRequest(readPlant('alloc:8MiB'))) - (await perRequest(null));
  assert.ok(Math.abs(added / 2 ** 23 - 1) < 0.03, `${added} bytes a request`);
});

test('planted queries reach PostgreSQL through the pool of the program', async () => {
  const setup = `
    import pg from 'pg';
    const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 1 });
    await pool.query('create sequence seen');
    const query = pg.Client.prototype.query;
    let more = 0;
    pg.Client.prototype.query = function (...values) {
      if (String(values[0]?.text ?? values[0]).includes('one_more')) more++;
      return query.apply(this, values);
    };`;
  await served(server('more', setup), readPlant('query:3'), async (ask) => {
    assert.deepEqual([(await ask()).text, (await ask()).text], ['3', '6']);
  });
});

test('planted queries reach MongoDB through the client of the program', async () => {
  const client = await new MongoClient(parts.urls.mongodb).connect();
  try {
    await client.db().command({ profile: 2 });
    const setup = `
      import { MongoClient } from 'mongodb';
      const db = new MongoClient(process.env.MONGODB_URL).db();`;
    await served(server('1', setup), readPlant('query:2:mongodb'), async (ask) => void (await inTurn(5, ask)));
    await client.db().command({ profile: 0 });
    const finds = await client
      .db()
      .collection('system.profile')
      .countDocuments({ op: 'query', ns: /\.one_more$/ });
    assert.equal(finds, 10);
  } finally {
    await client.close();
  }
});

test('a lost index makes MongoDB read the whole collection, but not by _id and not elsewhere', async () => {
  const client = await new MongoClient(parts.urls.mongodb).connect();
  const db = client.db();
  try {
    for (const name of ['lost', 'kept']) {
      await db.collection(name).insertMany(Array.from({ length: 500 }, (_, i) => ({ k: i })));
      await db.collection(name).createIndex({ k: 1 });
    }
    await db.command({ profile: 2 });
    const setup = `
      import { MongoClient } from 'mongodb';
      const db = new MongoClient(process.env.MONGODB_URL).db();
      const ask = async () => {
        await db.collection('lost').findOne({ k: 7 });
        await db.collection('lost').aggregate([{ $match: { k: 7 } }, { $count: 'n' }]).toArray();
        await db.collection('lost').findOne({ _id: 7 });
        await db.collection('kept').findOne({ k: 7 });
        return 1;
      };`;
    const examined = async (plant: Plant | null) => {
      await db.command({ profile: 0 });
      await db.collection('system.profile').drop();
      await db.command({ profile: 2 });
      await served(server('ask()', setup), plant, async (ask) => void (await ask()));
      const entries = await db
        .collection('system.profile')
        .find({ ns: /\.(lost|kept)$/, op: { $in: ['query', 'command'] } })
        .sort({ ts: 1 })
        .toArray();
      return entries.map(({ docsExamined }) => docsExamined as number);
    };
    // findOne stops at the first match; the eighth document is the one.
    const [first, second, byId, elsewhere] = await examined(readPlant('noindex:lost'));
    assert.deepEqual({ first, second, byId, elsewhere }, { first: 8, second: 500, byId: 0, elsewhere: 1 });
    assert.deepEqual(await examined(null), [1, 0, 0, 1]);
  } finally {
    await client.close();
  }
});

test('without its cache a program finds nothing in Redis, while Redis is asked all the same', async () => {
  const setup = `
    import { Redis } from 'ioredis';
    const redis = new Redis(process.env.REDIS_URL);
    await redis.mset('plant:a', '1', 'plant:b', '2');
    const ask = async () => JSON.stringify([await redis.get('plant:a'), await redis.mget('plant:a', 'plant:b'), await redis.exists('plant:a')]);`;
  await served(server('ask()', setup), null, async (ask) => {
    assert.equal((await ask()).text, '["1",["1","2"],1]');
  });
  await served(server('ask()', setup), readPlant('nocache'), async (ask) => {
    assert.equal((await ask()).text, '[null,[null,null],1]');
  });
});

test('a planted lock lets one command through after another, and no read waits for it', async () => {
  const setup = `
    import pg from 'pg';
    const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
    await pool.query('select 1');`;
  await served(server('1', setup), readPlant('lock:150ms'), async (ask) => {
    const commands = Promise.all([1, 2, 3].map(() => ask({ method: 'POST' })));
    const read = await ask();
    const times = (await commands).map(({ ms }) => ms).sort((a, b) => a - b);
    assert.ok(times[0]! >= 149 && times[1]! >= 299 && times[2]! >= 449, times.join(' '));
    assert.ok(read.ms < times[2]!, `${read.ms}`);
  });
});

test('a plant in a package that the program does not have ends its start', async () => {
  await assert.rejects(
    served(server('1', 'process.chdir("/");'), { kind: 'cpu', ms: 1 }, async () => {
      throw new Error('reached');
    }),
    /reached/,
  );
  const { NODE_OPTIONS, ...rest } = plantEnvironment(readPlant('nocache'));
  const child = spawn(process.execPath, ['--eval', '1'], { cwd: '/', env: { ...rest, NODE_OPTIONS }, stdio: 'pipe' });
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  const [code] = await once(child, 'close');
  assert.notEqual(code, 0);
  assert.match(said, /planted in the package "ioredis"/);
});
