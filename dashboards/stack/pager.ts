// Where alerts end on this machine: takes the webhooks of Alertmanager and tells each notification on a line, as a phone or a chat would.
// Compose runs it alone beside Alertmanager: `node dashboards/stack/pager.ts 9099` writes to standard output. Only Node in here.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What Alertmanager sends (its documentation, "Webhook receiver"), as far as a line needs it. */
export interface Notification {
  receiver: string;
  status: 'firing' | 'resolved';
  alerts: { labels: Record<string, string>; annotations: Record<string, string> }[];
}

export interface Pager {
  /** Without a slash at the end; a receiver sends to any path below. */
  url: string;
  stop(): Promise<void>;
}

/** `page-sev-1: FIRING AvailabilityBudgetBurn (1h). Impact. Way back. Runbook`, one line for all alerts of the notification. */
export function lineOf({ receiver, status, alerts }: Notification): string {
  const names = alerts.map(({ labels: { alertname = 'an alert without a name', tier } }) =>
    tier ? `${alertname} (${tier})` : alertname,
  );
  const { impact, way_back: wayBack, runbook_url: runbook } = alerts[0]?.annotations ?? {};
  const more = status === 'firing' ? [impact, wayBack, runbook && `Runbook: ${runbook}`] : [];
  return [`${receiver}: ${status.toUpperCase()} ${names.join(', ')}.`, ...more].filter(Boolean).join(' ');
}

/** Listens on 127.0.0.1. @param options.tell hears one line for each notification */
export async function startPager(options: { port: number; tell: (line: string) => void }): Promise<Pager> {
  const server = createServer(async (req, res) => {
    const notification = await read(req);
    if (notification) options.tell(lineOf(notification));
    res.writeHead(notification ? 200 : 400).end();
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Undefined for what is no notification. */
async function read(req: IncomingMessage): Promise<Notification | undefined> {
  try {
    const { receiver, status, alerts } = JSON.parse(await text(req)) as Notification;
    const isOne = typeof receiver === 'string' && ['firing', 'resolved'].includes(status) && Array.isArray(alerts);
    return isOne && alerts.every(({ labels, annotations }) => labels && annotations)
      ? { receiver, status, alerts }
      : undefined;
  } catch {
    return undefined;
  }
}

if (import.meta.main) {
  const pager = await startPager({
    port: Number(process.argv[2]),
    tell: (line) => void process.stdout.write(`${line}\n`),
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void pager.stop());
}
