// A Redis Cluster of three masters on this machine: for what has to work on one as well.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type Child, startChild } from './child.ts';
import { local } from './config.ts';
import type { Part, StartOptions } from './part.ts';
import { freePort } from './ports.ts';
import { findRedis, pingRedis } from './redis.ts';

const NODES = 3;
const SLOTS = 16_384;
const FORMED_MS = 60_000;

interface Node {
  port: number;
  busPort: number;
  child: Child;
}

/** Part of a cluster; `kill` and `stop` are for all nodes, `nodes` for one of them. Its URL names every node. */
export interface RedisCluster extends Part {
  nodes: Child[];
}

/** Starts the nodes, gives each a third of the slots, makes them meet, and waits until all of them see a whole cluster. */
export async function startRedisCluster(options: StartOptions): Promise<RedisCluster> {
  const program = await findRedis();
  const nodes: Node[] = [];
  const stop = async () => {
    await Promise.all(nodes.map(({ child }) => child.stop()));
  };
  try {
    for (let i = 0; i < NODES; i++) nodes.push(await startNode(program.path, i, options));
    await form(nodes, options.signal);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    name: 'redis-cluster',
    version: program.version,
    from: program.from,
    url: `redis-cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    nodes: nodes.map(({ child }) => child),
    kill(signal) {
      for (const { child } of nodes) child.kill(signal);
    },
    stop,
  };
}

async function startNode(program: string, number: number, options: StartOptions): Promise<Node> {
  const dir = join(options.dir, `redis-node-${number}`);
  await mkdir(dir, { recursive: true });
  const [port, busPort] = [await freePort(0, 'Redis'), await freePort(0, 'the bus of Redis')];
  const settings = {
    port,
    'cluster-port': busPort,
    bind: '127.0.0.1',
    'cluster-enabled': 'yes',
    'cluster-config-file': 'nodes.conf',
    'cluster-node-timeout': 2000,
    save: '',
    appendonly: 'no',
    dir,
  };
  const child = await startChild({
    name: `redis node ${number}`,
    command: [program, ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])],
    cwd: dir,
    env: local.childEnv,
    logFile: join(options.dir, `redis-node-${number}.log`),
    ready: () => pingRedis(`redis://127.0.0.1:${port}`),
    signal: options.signal,
  });
  return { port, busPort, child };
}

async function form(nodes: Node[], signal?: AbortSignal): Promise<void> {
  const clients = nodes.map(({ port }) => new Redis({ host: '127.0.0.1', port }));
  try {
    const first = nodes[0]!;
    for (const [i, client] of clients.entries()) {
      client.on('error', () => {});
      const [from, to] = [Math.floor((i * SLOTS) / NODES), Math.floor(((i + 1) * SLOTS) / NODES) - 1];
      // Different epochs from the start, so that the nodes need not settle who is who.
      await client.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1);
      await client.call('CLUSTER', 'ADDSLOTSRANGE', from, to);
      if (i > 0) await client.call('CLUSTER', 'MEET', '127.0.0.1', first.port, first.busPort);
    }
    const endsAtMs = performance.now() + FORMED_MS;
    for (;;) {
      signal?.throwIfAborted();
      const seen = await Promise.all(clients.map((client) => client.call('CLUSTER', 'INFO') as Promise<string>));
      if (seen.every((info) => info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${NODES}`)))
        return;
      if (performance.now() > endsAtMs) throw new Error(`the Redis Cluster did not form:\n${seen.join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    for (const client of clients) client.disconnect();
  }
}
