// The Express app, assembled: metrics and health, then every route of the table behind the same steps in the same order.
import type { KeyObject } from 'node:crypto';
import express, { type Express, type RequestHandler } from 'express';
import type { z } from 'zod';
import type { Clock } from '../clock.ts';
import { AmsError } from '../errors.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { accessLog, recordOf } from './access-log.ts';
import { authenticate } from './auth.ts';
import { success } from './envelope.ts';
import { amsErrorOf, errorHandler } from './error-handler.ts';
import type { Health, HealthPage } from './health.ts';
import { readKey, requestHash } from './idempotency.ts';
import { type CommandRoute, type QueryRoute, ROUTES, type Route, type Services } from './routes.ts';

export interface AppParts {
  services: Services;
  health: Health;
  key: KeyObject;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
}

const BODY_LIMIT = '64kb';

/** The whole API as a request listener. Health and metrics are neither logged nor measured: they are not users. */
export function createApp(parts: AppParts): Express {
  const { health, metrics } = parts;
  const app = express();
  app.disable('x-powered-by').set('etag', false).set('query parser', 'simple');

  app.get('/metrics', async (_req, res) => {
    const { contentType, body } = await metrics.expose();
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

  app.use(accessLog(parts));
  for (const route of ROUTES) {
    startAtZero(route, metrics);
    const steps = [matched(route), permitted(route, parts)];
    if (route.kind === 'command') app[lower(route.method)](route.template, ...steps, json, act(route, parts));
    else app.get(route.template, ...steps, answer(route, parts));
  }
  app.use(() => {
    throw new AmsError('route.unknown');
  });
  app.use(errorHandler(parts.clock));
  return app;
}

/** Bodies are read only after the caller is known and allowed. */
const json = express.json({ limit: BODY_LIMIT });

function matched(route: Route): RequestHandler {
  return (_req, res, next) => {
    Object.assign(recordOf(res), { route: route.template, useCase: route.useCase });
    next();
  };
}

function permitted(route: Route, { key, clock }: AppParts): RequestHandler {
  return async (req, res, next) => {
    const headers = { authorization: req.get('authorization'), tenant: req.get('x-ams-tenant') };
    const actor = await authenticate(headers, key, clock);
    recordOf(res).actor = actor;
    if (!route.roles.includes(actor.role)) throw new AmsError('role.forbidden');
    next();
  };
}

function act(route: CommandRoute, { services, metrics }: AppParts): RequestHandler {
  return async (req, res) => {
    const { actor, trace } = recordOf(res);
    const count = (outcome: string) => metrics.amsCommandsTotal.inc({ command: route.useCase, outcome });
    try {
      const idempotencyKey = readKey(req.get('idempotency-key'));
      const input = { params: parse(route.params, req.params), body: parse(route.body, req.body) };
      const context = {
        tenantId: actor!.tenantId,
        actor: actor!.id,
        idempotencyKey,
        requestHash: requestHash(route.useCase, actor!.id, input),
        traceId: trace.traceId,
      };
      const { status, version, replayed, data } = await route.run(services, context, input);
      if (replayed) res.set('Idempotency-Replayed', 'true');
      count(replayed ? 'replayed' : 'accepted');
      res.status(status).set('ETag', etag(version)).json(success(data));
    } catch (error) {
      count(amsErrorOf(error).status < 500 ? 'rejected' : 'failed');
      throw error;
    }
  };
}

function answer(route: QueryRoute, { services }: AppParts): RequestHandler {
  return async (req, res) => {
    const input = { params: parse(route.params, req.params), query: parse(route.query, req.query) };
    const { data, meta, version, stale } = await route.run(services, recordOf(res).actor!, input);
    if (version !== undefined) res.set('ETag', etag(version));
    if (stale) res.set('X-AMS-Stale', 'true');
    res.set('Cache-Control', 'no-store').json(success(data, meta));
  };
}

function parse(schema: z.ZodType, value: unknown): unknown {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const wrong = read.error.issues.map((issue) => `${issue.path.join('.') || 'request'}: ${issue.message}`);
  throw new AmsError('request.invalid', wrong.join('; '));
}

function etag(version: number): string {
  return `W/"${version}"`;
}

/** The series that an objective divides by exist before their first request. */
function startAtZero(route: Route, metrics: Metrics): void {
  for (const status of [route.kind === 'command' ? route.status : 200, 500]) {
    metrics.httpServerRequestDurationSeconds.zero({
      http_request_method: route.method,
      http_route: route.template,
      http_response_status_code: status,
    });
  }
}

function lower(method: CommandRoute['method']): 'post' | 'patch' {
  return method === 'POST' ? 'post' : 'patch';
}
