// A replica set of three mongods on this machine, with elections within about a second: for fail-over by hand and by test.
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { startMongod } from './mongodb.ts';
import type { Part, StartOptions } from './part.ts';

const NAME = 'ams';
const MEMBERS = 3;
/** As short as a machine that is busy with tests keeps up with; MongoDB's own default is 10 s. */
const ELECTION_MS = 2000;
const HEARTBEAT_MS = 500;
const LONGEST_ELECTION_MS = 60_000;

export interface ReplicaSet extends Omit<Part, 'pid' | 'restart'> {
  /** To one member, which SIGKILL ends and SIGSTOP stalls; the others elect a new primary where it was that one. */
  signal(member: number, signal: NodeJS.Signals): void;
  /** Kills the primary and says which it was. */
  killPrimary(): Promise<number>;
  /** Starts a killed member again on the data it left. */
  restartMember(member: number): Promise<void>;
  /** A secondary that answers but copies nothing any more, until it is let go again. Reads reach it by the tag `member:<number>`. */
  holdBack(member: number): Promise<{ release(): Promise<void> }>;
  primary(): Promise<number>;
}

/** Resolves when there is a primary. The URL names all members and the database `ams`. */
export async function startReplicaSet(options: StartOptions): Promise<ReplicaSet> {
  const member = (at: number, port?: number) =>
    startMongod({ ...options, port }, { name: `mongodb-${at}`, cacheGigabytes: 0.25, extra: ['--replSet', NAME] });
  const members: Part[] = [];
  const stop = async () => {
    await Promise.all(members.map((one) => one.stop()));
  };
  try {
    // One after the other: each takes a free port when it starts.
    for (let at = 0; at < MEMBERS; at++) members.push(await member(at));
    const hosts = members.map(({ url }) => new URL(url).host);
    await initiate(hosts);
    const url = `mongodb://${hosts.join(',')}/ams?replicaSet=${NAME}`;
    await primaryOf(members);
    const { name, version, from } = members[0]!;
    return {
      ...{ name, version, from, url, stop },
      kill: (signal) => {
        for (const one of members) one.kill(signal);
      },
      signal: (at, signal) => members[at]!.kill(signal),
      primary: () => primaryOf(members),
      async killPrimary() {
        const at = await primaryOf(members);
        members[at]!.kill('SIGKILL');
        return at;
      },
      async restartMember(at) {
        await members[at]!.stop();
        members[at] = await member(at, Number(new URL(members[at]!.url).port));
      },
      async holdBack(at) {
        const host = new URL(members[at]!.url).host;
        await directly(host, (client) => client.db('admin').command({ fsync: 1, lock: true }));
        return {
          release: async () => void (await directly(host, (client) => client.db('admin').command({ fsyncUnlock: 1 }))),
        };
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function initiate(hosts: string[]): Promise<void> {
  await directly(hosts[0]!, (client) =>
    client.db('admin').command({
      replSetInitiate: {
        _id: NAME,
        members: hosts.map((host, _id) => ({ _id, host, tags: { member: String(_id) } })),
        settings: { electionTimeoutMillis: ELECTION_MS, heartbeatIntervalMillis: HEARTBEAT_MS },
      },
    }),
  );
}

/** Asks until one says that it takes writes. */
async function primaryOf(members: Part[]): Promise<number> {
  const endMs = performance.now() + LONGEST_ELECTION_MS;
  while (performance.now() < endMs) {
    for (const [at, { url }] of members.entries()) {
      const hello = directly(new URL(url).host, (client) => client.db('admin').command({ hello: 1 }));
      if ((await hello.catch(() => undefined))?.isWritablePrimary) return at;
    }
    await sleep(100);
  }
  throw new Error(`the replica set has had no primary for ${LONGEST_ELECTION_MS / 1000} s`);
}

async function directly<T>(host: string, ask: (client: MongoClient) => Promise<T>): Promise<T> {
  const waits = { serverSelectionTimeoutMS: 1000, connectTimeoutMS: 1000, socketTimeoutMS: 5000 };
  const client = new MongoClient(`mongodb://${host}/?directConnection=true`, waits);
  try {
    return await ask(client);
  } finally {
    await client.close();
  }
}
