// The whole listener: what fits the table of routes is answered at once; the Express app has what belongs to no user: metrics,
// health, the OpenAPI document, the receiver of the pages' telemetry, and the refusal of what nobody knows.
import type { RequestListener } from 'node:http';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import { AmsError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { amsErrorOf, refuse } from './envelope.ts';
import type { Health, HealthPage } from './health.ts';
import { openApi } from './openapi.ts';
import { recorder } from './record.ts';
import { ROUTES } from './routes/table.ts';
import { type ServeParts, serve } from './serve.ts';

export interface AppParts extends Omit<ServeParts, 'isStopping'> {
  health: Health;
  metrics: Metrics;
  /** Receives what browsers report at /collect. */
  collect: RequestHandler;
  version: string;
}

/** The whole API as a request listener. Health and metrics are neither logged nor measured: they are not users. */
export function createApp(parts: AppParts): RequestListener {
  const { health, metrics, clock } = parts;
  const app = express();
  app.disable('x-powered-by').set('etag', false).set('query parser', 'simple');

  app.get('/metrics', async (req, res) => {
    const { contentType, body } = await metrics.expose(req.get('accept'));
    res.set('Content-Type', contentType).send(body);
  });
  const page = (read: () => HealthPage | Promise<HealthPage>): RequestHandler => {
    return async (_req, res) => {
      const health = await read();
      res.status(health.status === 'UP' ? 200 : 503).json(health);
    };
  };
  app.get('/actuator/health/liveness', page(health.liveness));
  app.get(['/actuator/health/readiness', '/actuator/health'], page(health.readiness));
  const document = JSON.stringify(openApi(ROUTES, parts.version));
  app.get('/api/v1/openapi.json', (_req, res) => void res.type('json').send(document));
  app.use('/collect', parts.collect);

  const unmatched = recorder(parts)({ method: 'any', template: 'unmatched' });
  app.use((req, res) => {
    const error = new AmsError('route.unknown');
    unmatched(req, res).error = error;
    refuse(res, error, clock.now());
  });
  app.use(((thrown, _req, res, _next) => refuse(res, amsErrorOf(thrown), clock.now())) satisfies ErrorRequestHandler);
  for (const route of ROUTES) startAtZero(route, metrics);
  const answers = serve(ROUTES, { ...parts, isStopping: health.isStopping });
  return (req, res) => {
    if (!answers(req, res)) app(req, res);
  };
}

/** The series that an objective divides by exist before their first request. */
function startAtZero(route: (typeof ROUTES)[number], metrics: Metrics): void {
  for (const status of [route.status, 500]) {
    metrics.httpServerRequestDurationSeconds.of({
      http_request_method: route.method,
      http_route: route.template,
      http_response_status_code: status,
    });
  }
}
