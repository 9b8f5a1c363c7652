// Every route behind the same steps in the same order: who asks, how often, may they, is what they ask well-formed; then it
// runs, and its outcome becomes an answer.
import type { KeyObject } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse as parseQuery } from 'node:querystring';
import type { z } from 'zod';
import type { RateLimiter } from '../cache/rate-limit.ts';
import { AmsError } from '../errors.ts';
import type { Span } from '../telemetry/tracing.ts';
import { type Actor, createAuthenticator, openTenant } from './auth.ts';
import { readJson } from './body.ts';
import { amsErrorOf, type Headers, refuse, send, success } from './envelope.ts';
import { readKey, requestHash } from './idempotency.ts';
import { withinLimit } from './limits.ts';
import { createMatcher } from './match.ts';
import { type GuardedUseCase, type Permission, permissionOf } from './permissions.ts';
import { header, type RecordParts, type RequestRecord, recorder } from './record.ts';
import type { Asked, Outcome, Route } from './route.ts';
import type { Services } from './services.ts';

export interface ServeParts extends RecordParts {
  services: Services;
  key: KeyObject;
  limiter: RateLimiter;
  /** True when the process is about to end: then a connection is closed with its answer, in order. */
  isStopping: () => boolean;
}

/** A request that fits a route, its path taken apart. */
interface Incoming {
  req: IncomingMessage;
  /** Still percent-encoded. */
  params: Record<string, string>;
  /** Without its question mark. */
  search: string;
}

interface Admitted {
  actor: Actor;
  permission: Permission;
}

interface Served extends Route {
  begin(req: IncomingMessage, res: ServerResponse): RequestRecord;
  act(incoming: Incoming, admitted: Admitted, record: RequestRecord): Promise<Outcome>;
}

const OUTCOMES = ['accepted', 'replayed', 'rejected', 'failed'] as const;
type CommandOutcome = (typeof OUTCOMES)[number];

const NOBODY: Actor = { id: '', tenantId: '', role: 'student' };

/** Answers what fits a route of the table and says true; everything else is left alone. */
export function serve(
  routes: readonly Route[],
  parts: ServeParts,
): (req: IncomingMessage, res: ServerResponse) => boolean {
  const { services, limiter, clock, metrics, isStopping } = parts;
  const authenticate = createAuthenticator(parts.key, clock);
  const recording = recorder(parts);
  const match = createMatcher<Served>(
    routes.map((route) => ({ ...route, begin: recording(route), act: acting(route) })),
  );

  // These three wait only where something has to be asked: a token that is new, a limit that is near.
  function admit(route: Route, req: IncomingMessage, record: RequestRecord): Admitted | Promise<Admitted> {
    const tenant = header(req, 'x-ams-tenant');
    if (route.open) return { actor: { ...NOBODY, tenantId: openTenant(tenant) }, permission: 'all' };
    const actor = authenticate({ authorization: req.headers.authorization, tenant });
    return actor instanceof Promise
      ? actor.then((known) => limited(route, known, record))
      : limited(route, actor, record);
  }

  function limited(route: Route, actor: Actor, record: RequestRecord): Admitted | Promise<Admitted> {
    record.actor = actor;
    const asking = route.limit && withinLimit(limiter, route.limit, `${actor.tenantId}/${actor.id}`);
    return asking ? asking.then(() => permitted(route, actor)) : permitted(route, actor);
  }

  function permitted(route: Route, actor: Actor): Admitted {
    const permission = permissionOf(route.useCase as GuardedUseCase, actor.role);
    if (!permission) throw new AmsError('role.forbidden');
    return { actor, permission };
  }

  /** What a route does once its caller is admitted. */
  function acting(route: Route) {
    const bareQuery = route.query.safeParse({});
    const isCommand = route.kind === 'command';
    const isBare = !route.template.includes('/:');
    const headerNames = Object.keys(route.headers.shape);

    const count = isCommand ? counter(route.useCase) : null;

    return async ({ req, params, search }: Incoming, { actor, permission }: Admitted, record: RequestRecord) => {
      let span: Span | null = null;
      try {
        const idempotencyKey = isCommand ? readKey(header(req, 'idempotency-key')) : '';
        const input = {
          params: isBare ? {} : parse(route.params, decoded(params)),
          query: search === '' && bareQuery.success ? bareQuery.data : parse(route.query, parseQuery(search)),
          headers: headerNames.length === 0 ? {} : parse(route.headers, headersOf(req, headerNames)),
          body: route.body ? parse(route.body, await readJson(req)) : undefined,
        };
        span = isCommand ? record.span.child(route.useCase, { kind: 'internal' }) : null;
        const context = {
          tenantId: actor.tenantId,
          actor: actor.id,
          idempotencyKey,
          requestHash: isCommand
            ? requestHash(route.useCase, actor.id, { params: input.params, body: input.body })
            : '',
          traceParent: span?.traceParent ?? '',
        };
        const asked: Asked = { actor, permission, ...input, context };
        if (route.open && route.limit) await withinLimit(limiter, route.limit, route.limited!(asked));
        const outcome = await route.run(services, asked);
        count?.(outcome.replayed ? 'replayed' : 'accepted');
        return outcome;
      } catch (error) {
        count?.(amsErrorOf(error).status < 500 ? 'rejected' : 'failed');
        throw error;
      } finally {
        span?.end();
      }
    };
  }

  function counter(command: string): (outcome: CommandOutcome) => void {
    const counts = Object.fromEntries(
      OUTCOMES.map((outcome) => [outcome, metrics.amsCommandsTotal.labels(command, outcome)]),
    );
    return (outcome) => counts[outcome]!.inc();
  }

  async function carryOut(
    route: Served,
    incoming: Incoming,
    res: ServerResponse,
    record: RequestRecord,
  ): Promise<void> {
    const { req } = incoming;
    const headers: Headers = isStopping() ? ['Connection', 'close'] : [];
    try {
      const admitted = admit(route, req, record);
      const outcome = await route.act(incoming, admitted instanceof Promise ? await admitted : admitted, record);
      if (outcome.send) await outcome.send(req, res);
      else answer(res, route.status, outcome, headers);
    } catch (thrown) {
      const error = amsErrorOf(thrown);
      record.error = error;
      refuse(res, error, clock.now(), headers);
    }
  }

  return (req, res) => {
    const url = req.url!;
    const mark = url.indexOf('?');
    const found = match(req.method!, mark < 0 ? url : url.slice(0, mark));
    if (!found) return false;
    const { route, params } = found;
    const search = mark < 0 ? '' : url.slice(mark + 1);
    void carryOut(route, { req, params, search }, res, route.begin(req, res));
    return true;
  };
}

function answer(res: ServerResponse, status: number, outcome: Outcome, headers: Headers): void {
  const { data, json, meta, version, replayed, stale } = outcome;
  if (version) headers.push('ETag', `W/"${version}"`);
  if (replayed) headers.push('Idempotency-Replayed', 'true');
  if (stale) headers.push('X-AMS-Stale', 'true');
  if (status === 204) res.writeHead(204, headers).end();
  else send(res, status, headers, success(json ?? JSON.stringify(data), meta));
}

function headersOf(req: IncomingMessage, names: string[]): Record<string, string | undefined> {
  return Object.fromEntries(names.map((name) => [name, header(req, name)]));
}

/** @throws AmsError request.invalid when the encoding is broken */
function decoded(params: Record<string, string>): Record<string, string> {
  try {
    for (const name in params) params[name] = decodeURIComponent(params[name]!);
    return params;
  } catch (error) {
    throw new AmsError('request.invalid', 'the path cannot be read', { cause: error });
  }
}

/** @throws AmsError request.invalid that says which field is wrong and why */
function parse(schema: z.ZodType, value: unknown): unknown {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const wrong = read.error.issues.map((issue) => `${issue.path.join('.') || 'request'}: ${issue.message}`);
  throw new AmsError('request.invalid', wrong.join('; '));
}
