// A small TCP proxy in front of a part: passes bytes on as they come, later when told to, or not at all.
import { connect, createServer, type Socket } from 'node:net';

export interface Link {
  /** On 127.0.0.1. */
  port: number;
  /** Connections that are open now. */
  connections(): number;
  /** Every byte comes so much later, in both directions; 0 ends it. */
  delay(ms: number): void;
  /** Closes every connection and takes no new one, as a server that is gone; `mend` takes connections again. */
  cut(): void;
  mend(): void;
  stop(): Promise<void>;
}

/** Starts a proxy on a free port in front of `host:port`. */
export async function startLink(to: { host: string; port: number }): Promise<Link> {
  let delayMs = 0;
  let isCut = false;
  const pairs = new Set<[Socket, Socket]>();
  const server = createServer((client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    const upstream = connect(to);
    const pair: [Socket, Socket] = [client, upstream];
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    for (const [from, into] of [pair, pair.toReversed()] as [Socket, Socket][]) {
      const later = inOrder(() => delayMs);
      from.setNoDelay(true);
      from.on('data', (bytes) => later(() => into.write(bytes)));
      from.on('end', () => later(() => into.end()));
      from.on('error', end);
      from.on('close', end);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const closeAll = () => {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
  };
  return {
    port: (server.address() as { port: number }).port,
    connections: () => pairs.size,
    delay: (ms) => {
      delayMs = ms;
    },
    cut() {
      isCut = true;
      closeAll();
    },
    mend: () => {
      isCut = false;
    },
    async stop() {
      closeAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Does what it is given after the delay of that moment, and never before what it was given earlier. */
function inOrder(delayMs: () => number): (act: () => void) => void {
  const queue: { act: () => void; dueMs: number }[] = [];
  const work = () => {
    while (queue.length > 0 && queue[0]!.dueMs <= performance.now()) queue.shift()!.act();
    if (queue.length > 0) setTimeout(work, Math.ceil(queue[0]!.dueMs - performance.now()));
  };
  return (act) => {
    if (delayMs() === 0 && queue.length === 0) return act();
    queue.push({ act, dueMs: performance.now() + delayMs() });
    if (queue.length === 1) setTimeout(work, Math.ceil(delayMs()));
  };
}
