// For tests: a service so small that all it does is count, exactly as much as the clock says. A real HTTP server with the metrics
// of AMS, whose fault is a share of its answers.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { seriesText } from './exposition.ts';

export interface Counting {
  /** `host:port` */
  address: string;
  /** From now on this share of the requests is answered 500. */
  fail(share: number): void;
  stop(): Promise<void>;
}

/** @param now seconds since 1970; @param perSecond requests, and as many events of everything else that is counted */
export async function startCounting(now: () => number, perSecond: number): Promise<Counting> {
  let since = now();
  let share = 0;
  const counts = { good: 0, bad: 0 };
  const advance = () => {
    const events = (now() - since) * perSecond;
    since = now();
    counts.good += events * (1 - share);
    counts.bad += events * share;
  };
  const server = createServer((_, response) => {
    advance();
    response.setHeader('content-type', 'text/plain; version=0.0.4').end(exposition(counts));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    fail(next) {
      advance();
      share = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function exposition({ good, bad }: { good: number; bad: number }): string {
  const histogram = (name: string, labels: Record<string, string>, value: number) =>
    ['0.3', '0.75', '1.5', '+Inf']
      .map((le) => `${seriesText(`${name}_bucket`, { ...labels, le })} ${value}`)
      .concat(`${seriesText(`${name}_count`, labels)} ${value}`);
  const answered = (status: string, value: number) =>
    ['/api/v1/members/:id', '/api/v1/classes/:classId/check-ins'].flatMap((route) =>
      histogram(
        'http_server_request_duration_seconds',
        { http_route: route, http_response_status_code: status },
        value,
      ),
    );
  return [
    ...answered('200', good),
    ...answered('500', bad),
    ...histogram('projection_lag_seconds', { projection: 'member_card' }, good + bad),
    `notifications_total{channel="kakao",outcome="sent"} ${good + bad}`,
    'probe_success 1',
    'outbox_oldest_pending_age_seconds{group="read-models"} 0',
    'notification_queue_oldest_age_seconds{channel="kakao"} 0',
    '',
  ].join('\n');
}
