// Loaded into a process with `node --import`: every command holds one and the same lock of PostgreSQL for a while before
// the program sees it, so commands that come together wait for each other. Reads go on.
import { setTimeout as sleep } from 'node:timers/promises';
import { planted } from './config.ts';
import { holdEveryRequest } from './every-request.ts';
import { watchPool } from './pool.ts';

/** Of the advisory lock: nobody else's, as far as chance allows. */
const KEY = 7_265_411_809;

const { ms } = planted('lock');
const pool = watchPool();

async function holdLock(): Promise<void> {
  const client = await pool()?.connect();
  if (!client) return;
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [KEY]);
    await sleep(ms);
    await client.query('commit');
    client.release();
  } catch (error) {
    client.release(error as Error);
  }
}

holdEveryRequest((letThrough, { method }) => {
  if (method === 'GET' || method === 'HEAD') letThrough();
  else holdLock().then(letThrough, letThrough);
});
