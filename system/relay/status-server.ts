// The worker's small HTTP side: /metrics, /actuator/health/* and /actuator/info. In: health, metrics and what this worker is; out: a server that listens.
import { createServer, type Server } from 'node:http';
import type { Health, HealthPage } from '../http/health.ts';
import type { Metrics } from '../telemetry/metrics.ts';

interface Answer {
  code: number;
  type: string;
  body: string;
}

type Page = (accept?: string) => Promise<Answer> | Answer;

/** Listens before it resolves; rejects when the port is taken. */
export function startStatusServer(
  { health, metrics, info }: { health: Health; metrics: Pick<Metrics, 'expose'>; info: object },
  listen: { port: number; host: string },
): Promise<Server> {
  const pages: Record<string, Page> = {
    '/metrics': async (accept) => {
      const { contentType, body } = await metrics.expose(accept);
      return { code: 200, type: contentType, body };
    },
    '/actuator/health': async () => pageOf(await health.readiness()),
    '/actuator/health/readiness': async () => pageOf(await health.readiness()),
    '/actuator/health/liveness': () => pageOf(health.liveness()),
    '/actuator/info': () => ({ code: 200, type: 'application/json', body: JSON.stringify(info) }),
  };
  const server = createServer(async ({ url = '', headers }, response) => {
    const page = Object.hasOwn(pages, url) ? pages[url] : undefined;
    const { code, type, body } = page ? await answerOf(page, headers.accept) : text(404, 'not found');
    response.writeHead(code, { 'content-type': type }).end(body);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, () => resolve(server));
  });
}

/** A page that fails must not end the process: it is the one that would tell. */
async function answerOf(page: Page, accept?: string): Promise<Answer> {
  try {
    return await page(accept);
  } catch (error) {
    return text(500, String(error));
  }
}

const text = (code: number, line: string): Answer => ({ code, type: 'text/plain', body: `${line}\n` });

function pageOf(page: HealthPage): Answer {
  return { code: page.status === 'UP' ? 200 : 503, type: 'application/json', body: JSON.stringify(page) };
}
