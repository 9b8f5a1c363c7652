// The Redis connection, single server or cluster, on which nothing waits for long: no queue while it is away, every command
// bounded, reconnecting for ever. In: the URL. Out: a client for commands, and listeners to channels.
import { Cluster, Redis } from 'ioredis';

/** Both speak the same commands; a command with several keys needs them in one slot (the same `{tag}`). */
export type RedisClient = Redis | Cluster;

const LONGEST_RECONNECT_MS = 1000;
/** A connection that owes an answer for so long is given up: the other side may be gone without a word. */
const LONGEST_SILENCE_MS = 2000;
/** A subscription owes nothing by itself, so it is asked. */
const PING_EVERY_MS = 1000;
/** `redis-cluster://[user:password@]host:port,host:port`: some nodes of a Redis Cluster, the others are found. */
const CLUSTER = 'redis-cluster://';

/**
 * Connects in the background and never throws: commands fail at once while Redis is away.
 * @param url `redis://host:port`, or `redis-cluster://host:port,host:port`
 * @param commandTimeoutMs after it a command rejects, answered or not
 * @param onAway hears of each absence once, however many attempts to reconnect it takes
 */
export function connectRedis(url: string, commandTimeoutMs: number, onAway: (error: Error) => void): RedisClient {
  const retry = (attempt: number) => Math.min(attempt * 50, LONGEST_RECONNECT_MS);
  const bounded = {
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
    connectTimeout: 1000,
    socketTimeout: LONGEST_SILENCE_MS,
  };
  const redis = url.startsWith(CLUSTER)
    ? new Cluster(clusterNodes(url), {
        enableOfflineQueue: false,
        redisOptions: { ...bounded, ...credentials(url) },
        clusterRetryStrategy: retry,
        clusterNodeRetryStrategy: retry,
      })
    : new Redis(url, { ...bounded, enableOfflineQueue: false, retryStrategy: retry });
  let isAway = false;
  redis.on('error', (error: Error) => {
    if (!isAway) onAway(error);
    isAway = true;
  });
  redis.on('ready', () => {
    isAway = false;
  });
  return redis;
}

/** Every server that holds keys of its own. */
export function masters(redis: RedisClient): Redis[] {
  return redis.isCluster ? (redis as Cluster).nodes('master') : [redis as Redis];
}

export interface Listener {
  close(): void;
}

/**
 * Listens to channels on a connection of its own until it is closed or the client ends: a subscription that breaks is made
 * again, in a cluster on whichever node is there.
 * @param on.heard a message; may be missed while the subscription is away
 * @param on.up the subscription stands (again): from now on messages are heard
 * @param on.down it broke
 */
export function listen(
  redis: RedisClient,
  channels: string[],
  on: { heard(message: string, channel: string): void; up?(): void; down?(): void },
): Listener {
  let connection: Redis | undefined;
  let attempts = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  // Plain publish reaches every node of a cluster, so any one of them will do.
  function connect(): void {
    const nodes = masters(redis);
    const node = nodes[attempts % nodes.length];
    if (!node) {
      again();
      return;
    }
    // A subscription is no command with an answer to wait for.
    const mine = node.duplicate({ commandTimeout: undefined, retryStrategy: () => null, lazyConnect: false });
    connection = mine;
    // The process's main connection already reports that Redis is away.
    mine.on('error', () => {});
    let ping: NodeJS.Timeout | undefined;
    mine.on('ready', () => {
      ping = setInterval(() => void mine.ping().catch(() => {}), PING_EVERY_MS).unref();
      mine.subscribe(...channels).then(
        () => {
          attempts = 0;
          if (!closed) on.up?.();
        },
        () => mine.disconnect(),
      );
    });
    mine.on('message', (channel: string, message: string) => on.heard(message, channel));
    mine.on('end', () => {
      clearInterval(ping);
      on.down?.();
      again();
    });
  }
  function again(): void {
    if (closed) return;
    attempts++;
    timer = setTimeout(connect, Math.min(attempts * 50, LONGEST_RECONNECT_MS));
    timer.unref();
  }
  function close(): void {
    closed = true;
    clearTimeout(timer);
    redis.off('end', close);
    connection?.disconnect();
  }
  redis.once('end', close);
  connect();
  return { close };
}

function clusterNodes(url: string): { host: string; port: number }[] {
  const [, hosts] = /^[^/]+:\/\/(?:[^@/]*@)?([^/]+)/.exec(url) ?? [];
  return (hosts ?? '').split(',').map((node) => {
    const { hostname, port } = new URL(`redis://${node}`);
    return { host: hostname, port: Number(port || 6379) };
  });
}

/** The same for every node. */
function credentials(url: string): { username?: string; password?: string } {
  const { username, password } = new URL(url.replace(CLUSTER, 'redis://').replace(/,.*/, ''));
  return {
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
  };
}
