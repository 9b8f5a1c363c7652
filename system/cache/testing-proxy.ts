// A TCP proxy between a test and a real server, with faults to order: every answer late, nothing comes through, or cut off.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface FaultProxy {
  port: number;
  /** Everything passes. */
  heal(): void;
  /** Answers come this much later, in order. */
  delay(ms: number): void;
  /** Connections stay and are accepted, but nothing passes, and what was sent meanwhile is lost. */
  hang(): void;
  /** The connections that there are stay open and never pass anything again; new ones are whole. */
  strand(): void;
  /** Every connection is broken and every new one as well. */
  cut(): void;
  close(): Promise<void>;
}

export async function startProxy(target: { host: string; port: number }): Promise<FaultProxy> {
  let mode: 'pass' | 'hang' | 'cut' = 'pass';
  let delayMs = 0;
  /** Connections of an earlier one are stranded. */
  let generation = 0;
  const sockets = new Set<Socket>();

  const server = createServer((incoming) => {
    if (mode === 'cut') {
      incoming.destroy();
      return;
    }
    const outgoing = connect(target);
    const both = [incoming, outgoing];
    const mine = generation;
    for (const socket of both) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        for (const other of both) other.destroy();
      });
    }
    incoming.on('data', (data) => {
      if (mode === 'pass' && mine === generation) outgoing.write(data);
    });
    outgoing.on('data', (data) => {
      const answer = () => {
        if (mode === 'pass' && mine === generation && incoming.writable) incoming.write(data);
      };
      if (delayMs > 0) setTimeout(answer, delayMs);
      else answer();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };

  return {
    port: (server.address() as AddressInfo).port,
    heal() {
      // What hung has lost bytes: only new connections are whole.
      if (mode === 'hang') breakAll();
      [mode, delayMs] = ['pass', 0];
    },
    delay(ms) {
      delayMs = ms;
    },
    hang() {
      mode = 'hang';
    },
    strand() {
      generation++;
    },
    cut() {
      mode = 'cut';
      breakAll();
    },
    close() {
      breakAll();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
