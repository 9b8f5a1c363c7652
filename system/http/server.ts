// The listening side of a process: bounded times for what arrives, refusals for what is no HTTP, and an orderly end.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import { AmsError } from '../errors.ts';
import { failure } from './envelope.ts';

/** Longer than a balancer keeps idle connections (HAProxy's usual 60 s), so that it never sends on one we just closed. */
const KEEP_ALIVE_MS = 65_000;
/** Longest time for the headers, and for a whole request, to arrive. */
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
const CLOSE_IDLE_EVERY_MS = 50;

export function httpServer(app: RequestListener, clock: Clock): Server {
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS },
    app,
  );
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseRaw(error, socket as Socket, clock));
  return server;
}

/** What Node's parser refuses never becomes a request, so the answer is written by hand. */
function refuseRaw(error: NodeJS.ErrnoException, socket: Socket, clock: Clock): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const body = failure(new AmsError('request.invalid', 'this is not HTTP as it should be'), clock.now());
  const head = [
    'HTTP/1.1 400 Bad Request',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

export function listen(server: Server, { PORT, HOST }: { PORT: number; HOST: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(PORT, HOST, () => resolve());
  });
}

/** Takes no more connections and waits for the requests under way. False when some had to be cut off after `stopMs`. */
export async function close(server: Server, stopMs: number): Promise<boolean> {
  let whole = true;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection that had a request when `close` was called becomes idle when it is answered, and would be kept.
  const idle = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS);
  const limit = setTimeout(() => {
    whole = false;
    server.closeAllConnections();
  }, stopMs);
  await closed;
  clearInterval(idle);
  clearTimeout(limit);
  return whole;
}
