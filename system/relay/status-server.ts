// The worker's small HTTP side: /metrics and /actuator/health/*. In: health and metrics; out: a server that listens.
import { createServer, type Server } from 'node:http';
import type { Health, HealthPage } from '../http/health.ts';
import type { Metrics } from '../telemetry/metrics.ts';

interface Answer {
  code: number;
  type: string;
  body: string;
}

/** Listens before it resolves; rejects when the port is taken. */
export function startStatusServer(
  { health, metrics }: { health: Health; metrics: Pick<Metrics, 'expose'> },
  listen: { port: number; host: string },
): Promise<Server> {
  const pages: Record<string, () => Promise<Answer> | Answer> = {
    '/metrics': async () => {
      const { contentType, body } = await metrics.expose();
      return { code: 200, type: contentType, body };
    },
    '/actuator/health': async () => pageOf(await health.readiness()),
    '/actuator/health/readiness': async () => pageOf(await health.readiness()),
    '/actuator/health/liveness': () => pageOf(health.liveness()),
  };
  const server = createServer(async ({ url = '' }, response) => {
    const page = Object.hasOwn(pages, url) ? pages[url] : undefined;
    const { code, type, body } = page ? await page() : { code: 404, type: 'text/plain', body: 'not found\n' };
    response.writeHead(code, { 'content-type': type }).end(body);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, () => resolve(server));
  });
}

function pageOf(page: HealthPage): Answer {
  return { code: page.status === 'UP' ? 200 : 503, type: 'application/json', body: JSON.stringify(page) };
}
