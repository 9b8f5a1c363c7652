// The end of the line: takes what Alertmanager sends, as the bridge to a phone would, and notes when it came.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { z } from 'zod';

/** What Alertmanager posts (prometheus.io/docs, "webhook_config"), as far as it matters here. */
const bodySchema = z.object({
  receiver: z.string(),
  status: z.enum(['firing', 'resolved']),
  groupKey: z.string(),
  alerts: z
    .array(z.object({ status: z.enum(['firing', 'resolved']), labels: z.record(z.string(), z.string()) }))
    .min(1),
});

export interface Notification extends z.infer<typeof bodySchema> {
  /** Seconds since 1970. */
  atSeconds: number;
}

export interface Webhook {
  url: string;
  /** In the order in which they came. */
  notifications: Notification[];
  stop(): Promise<void>;
}

/** @param now seconds since 1970 */
export async function startWebhook(now: () => number): Promise<Webhook> {
  const notifications: Notification[] = [];
  const server = createServer(async (request, response) => {
    const atSeconds = now();
    const body = bodySchema.safeParse(await json(request).catch(() => undefined));
    if (body.success) notifications.push({ ...body.data, atSeconds });
    response.writeHead(body.success ? 200 : 400).end();
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    notifications,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
