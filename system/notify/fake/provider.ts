// A small provider of our own for Kakao, SMS, push and phone verification, with faults to order. It keeps what it has
// taken, by Idempotency-Key, so that a test can count. `POST /<channel>` takes a message; `PUT /admin/faults/<channel>`
// orders a fault (an empty object ends it); `GET /admin/messages/<channel>` tells what came; `DELETE /admin` forgets all.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const MOST_DELAY_MS = 60_000;
/** It runs beside long loads: the oldest are forgotten. */
const MOST_MESSAGES = 100_000;

const faultSchema = z.strictObject({
  /** The answer comes this much later. */
  delayMs: z.number().int().min(0).max(MOST_DELAY_MS).optional(),
  /** Share of messages answered with `status`. */
  errorRate: z.number().min(0).max(1).optional(),
  /** What a failing answer is; 503 when left out. */
  status: z.number().int().min(400).max(599).optional(),
  /** Takes the message and never answers. */
  hang: z.boolean().optional(),
  /** Cuts the connection instead of answering. */
  close: z.boolean().optional(),
  /** Takes the message and answers 200 with something that is not the documented body. */
  wrongBody: z.boolean().optional(),
});

export type Fault = z.infer<typeof faultSchema>;

export interface TakenMessage {
  id: string;
  body: unknown;
  traceParent: string | undefined;
  /** Times that it came; a person sees it once. */
  deliveries: number;
}

export interface FakeProvider {
  /** Without a slash at the end; a channel's messages go to `<url>/<channel>`. */
  url: string;
  fault(channel: string, fault: Fault): void;
  /** In the order in which they came first. */
  messages(channel: string): TakenMessage[];
  /** Requests that came, taken or not. */
  requests(channel: string): number;
  stop(): Promise<void>;
}

/** @param options.random 0 to 1, decides on errors */
export async function startFakeProvider(
  options: { port?: number; host?: string; random?: () => number } = {},
): Promise<FakeProvider> {
  const { port = 0, host = '127.0.0.1', random = Math.random } = options;
  const faults = new Map<string, Fault>();
  const taken = new Map<string, Map<string, TakenMessage>>();
  const requests = new Map<string, number>();
  const messages = (channel: string) => [...(taken.get(channel)?.values() ?? [])];

  function keep(channel: string, id: string, body: unknown, traceParent: string | undefined): void {
    const kept = taken.get(channel) ?? new Map<string, TakenMessage>();
    taken.set(channel, kept);
    const known = kept.get(id);
    if (known) known.deliveries++;
    else kept.set(id, { id, body, traceParent, deliveries: 1 });
    if (kept.size > MOST_MESSAGES) kept.delete(kept.keys().next().value!);
  }

  async function take(channel: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
    requests.set(channel, (requests.get(channel) ?? 0) + 1);
    const body = await json(req);
    const id = req.headers['idempotency-key'];
    if (typeof id !== 'string') return answer(res, 400, { error: 'Idempotency-Key is missing' });
    const { delayMs = 0, errorRate = 0, status = 503, hang, close, wrongBody } = faults.get(channel) ?? {};
    if (close) return void req.socket.destroy();
    if (delayMs > 0) await sleep(delayMs, undefined, { ref: false });
    if (random() < errorRate) return answer(res, status, { error: 'as ordered' });
    keep(channel, id, body, req.headers.traceparent as string | undefined);
    if (!hang) answer(res, 200, wrongBody ? ['not', 'what', 'was', 'agreed'] : { id });
  }

  async function administer(words: string[], req: IncomingMessage, res: ServerResponse): Promise<void> {
    const [what, channel = ''] = words;
    if (req.method === 'DELETE') {
      for (const kept of [faults, taken, requests]) kept.clear();
      return answer(res, 200, {});
    }
    if (req.method === 'GET' && what === 'messages') return answer(res, 200, messages(channel));
    if (req.method === 'PUT' && what === 'faults') {
      const fault = faultSchema.safeParse(await json(req));
      if (!fault.success) return answer(res, 400, { error: fault.error.issues[0]!.message });
      faults.set(channel, fault.data);
      return answer(res, 200, fault.data);
    }
    answer(res, 404, { error: 'there is no such route' });
  }

  const server = createServer((req, res) => {
    const [, first = '', ...words] = new URL(req.url!, 'http://local').pathname.split('/');
    const work =
      first === 'admin'
        ? administer(words, req, res)
        : req.method === 'POST'
          ? take(first, req, res)
          : Promise.resolve(answer(res, first === 'health' ? 200 : 404, {}));
    work.catch(() => answer(res, 400, { error: 'the body is not JSON' }));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    fault: (channel, fault) => void faults.set(channel, faultSchema.parse(fault)),
    messages,
    requests: (channel) => requests.get(channel) ?? 0,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(res: ServerResponse, status: number, body: unknown): void {
  if (res.writableEnded || res.destroyed) return;
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
