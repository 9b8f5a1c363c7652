// What a route is, and the three ways to write one down: a command, a query, an action. No Express in here.
import type { z } from 'zod';
import type { LimitKind } from '../cache/rate-limit.ts';
import type { ErrorCode } from '../errors.ts';
import type { CommandContext } from '../write/commands.ts';
import * as answers from './answers.ts';
import type { Actor } from './auth.ts';
import type { GuardedUseCase, Permission } from './permissions.ts';
import * as schemas from './schemas.ts';
import type { Send, Services } from './services.ts';

/** What came in, checked: `params`, `query` and `body` are what their schemas gave. */
export interface Asked<P = unknown, Q = unknown, B = unknown, H = unknown> {
  /** On an open route nobody is known but the tenant. */
  actor: Actor;
  permission: Permission;
  params: P;
  query: Q;
  body: B;
  headers: H;
  /** Only for commands. */
  context: CommandContext;
}

export interface Outcome {
  data?: unknown;
  /** `data` as JSON text, where it has been written already. */
  json?: string;
  meta?: Record<string, unknown>;
  /** Of the aggregate; becomes the ETag. */
  version?: number;
  /** The answer of an earlier request with the same key. */
  replayed?: boolean;
  /** Older than the version that was asked for. */
  stale?: boolean;
  /** Sends the answer itself, instead of all the above. */
  send?: Send;
}

export interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Also the label of the histogram. */
  template: string;
  /** A use case of the permissions, or one that is open to everybody. */
  useCase: GuardedUseCase | 'signIn' | 'refreshTokens';
  kind: 'command' | 'query' | 'action';
  /** Needs no token, only a tenant. */
  open: boolean;
  limit: LimitKind | null;
  /** Whom the limit counts where no caller is known yet. */
  limited?(asked: Asked): string;
  params: z.ZodType;
  query: z.ZodType;
  body: z.ZodType | null;
  /** Headers that it needs besides those of its kind, in small letters. */
  headers: z.ZodObject;
  /** Of a success. */
  status: 200 | 201 | 202 | 204;
  /** `data` and `meta` of a success; a 204 has neither. */
  data: z.ZodType;
  meta: z.ZodType;
  /** Errors it may end with besides those of its kind. */
  refuses: readonly ErrorCode[];
  run(services: Services, asked: Asked): Promise<Outcome>;
}

/** A route as it is written down: what is left out is `DEFAULTS`; the schemas give `run` its types. */
type Written<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType, H extends z.ZodObject> = Pick<
  Route,
  'template' | 'useCase' | 'data'
> &
  Partial<Omit<Route, 'kind' | 'params' | 'query' | 'body' | 'headers' | 'limited' | 'run'>> & {
    params?: P;
    query?: Q;
    body?: B;
    headers?: H;
    limited?(asked: Asked<z.infer<P>, z.infer<Q>, z.infer<B>, z.infer<H>>): string;
    run(services: Services, asked: Asked<z.infer<P>, z.infer<Q>, z.infer<B>, z.infer<H>>): Promise<Outcome>;
  };

type Nothing = typeof schemas.nothing;

const DEFAULTS = {
  open: false,
  limit: 'general',
  params: schemas.nothing,
  query: schemas.nothing,
  body: null,
  headers: schemas.nothing,
  meta: answers.nothing,
  refuses: [],
} as const;

function written(kind: Route['kind'], method: Route['method'], status: Route['status']) {
  return <
    P extends z.ZodType = Nothing,
    Q extends z.ZodType = Nothing,
    B extends z.ZodType = z.ZodUndefined,
    H extends z.ZodObject = Nothing,
  >(
    route: Written<P, Q, B, H>,
  ): Route => ({ ...DEFAULTS, kind, method, status, ...route }) as Route;
}

/** Changes an aggregate: needs an Idempotency-Key, is counted by outcome. */
export const command = written('command', 'POST', 201);
export const query = written('query', 'GET', 200);
/** Neither of both: accounts, sessions, verifications, profiles. */
export const action = written('action', 'POST', 200);
