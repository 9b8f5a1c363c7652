// The worker's small HTTP side: /metrics and /actuator/health/*. In: what to ask; out: a server that listens.
import { createServer, type Server } from 'node:http';

export interface Status {
  expose(): Promise<{ contentType: string; body: string }>;
  /** Every component by name; the worker is ready when all are up. Must not take longer than a second or so. */
  components(): Promise<Record<string, boolean>>;
  /** True from the moment the process is told to stop. */
  stopping(): boolean;
}

/** Answers readiness with 503 while a component is down or the process is stopping; liveness only says that the process answers. */
export function startStatusServer(status: Status, listen: { port: number; host: string }): Promise<Server> {
  async function answer(path: string): Promise<{ code: number; type: string; body: string }> {
    if (path === '/metrics') {
      const { contentType, body } = await status.expose();
      return { code: 200, type: contentType, body };
    }
    if (path === '/actuator/health/liveness') return health(true, {});
    if (path === '/actuator/health/readiness' || path === '/actuator/health') {
      const components = await status.components();
      return health(!status.stopping() && Object.values(components).every(Boolean), components);
    }
    return { code: 404, type: 'application/json', body: '{"error":{"code":"route.unknown"}}' };
  }

  const server = createServer(async (request, response) => {
    const { code, type, body } = await answer(request.url ?? '/').catch((error: Error) => ({
      code: 500,
      type: 'text/plain',
      body: error.message,
    }));
    response.writeHead(code, { 'content-type': type }).end(body);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(listen.port, listen.host, () => resolve(server));
  });
}

function health(up: boolean, components: Record<string, boolean>): { code: number; type: string; body: string } {
  const statuses = Object.entries(components).map(([name, ok]) => [name, { status: ok ? 'UP' : 'DOWN' }]);
  const body = JSON.stringify({ status: up ? 'UP' : 'DOWN', components: Object.fromEntries(statuses) });
  return { code: up ? 200 : 503, type: 'application/json', body };
}
