// For tests of the doctor: small real servers with a page of metrics, a healthy page, and what the doctor says of a target.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silent } from '../../cli/progress.ts';
import { doctor } from './command.ts';
import type { Finding } from './finding.ts';

const servers: Server[] = [];
export const closeServers = (): void => {
  for (const server of servers) server.close();
};
/** The one that was started last: from now on nobody answers there. */
export const closeLast = (): void => void servers.pop()!.close();

export async function serve(body: (scrape: number) => string, status = 200): Promise<string> {
  let scrapes = 0;
  const server = createServer(({ url }, response) => {
    if (url === '/metrics') scrapes++;
    response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4' }).end(body(scrapes));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function look(target: string, nowSeconds = Date.now() / 1000) {
  const outcome = await doctor(
    { words: [target], options: { wait: '0.01' }, json: true, progress: silent, signal: new AbortController().signal },
    nowSeconds,
  );
  const { findings } = outcome.data as { findings: Finding[] };
  return { ...outcome, findings, wrong: findings.filter(({ level }) => level === 'wrong') };
}

export const HTTP = 'http_server_request_duration_seconds';
export const CHECK_IN = '/api/v1/classes/:classId/check-ins';
interface Shape {
  bounds?: string[];
  sum?: number;
  labels?: string;
}
/** One histogram of 100 requests that all took less than the smallest bound. */
export function histogram(
  route: string,
  { bounds = ['0.1', '0.3', '0.75', '+Inf'], sum = 5, labels = '' }: Shape = {},
) {
  const own = `http_request_method="GET",http_route="${route}",http_response_status_code="200"${labels}`;
  return [
    ...bounds.map((le) => `${HTTP}_bucket{${own},le="${le}"} 100`),
    `${HTTP}_sum{${own}} ${sum}`,
    `${HTTP}_count{${own}} 100`,
  ];
}
/** An API as it should be. */
export const healthy = () => [
  '# TYPE process_start_time_seconds gauge',
  'process_start_time_seconds 1767225600',
  `# TYPE ${HTTP} histogram`,
  ...histogram('/api/v1/members'),
  ...histogram(CHECK_IN),
];
export const text = (lines: string[]) => `${lines.join('\n')}\n`;
