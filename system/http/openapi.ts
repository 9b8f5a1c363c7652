// The OpenAPI 3.1 document, made of the table of routes and of the very schemas that check requests and describe answers.
import { z } from 'zod';
import { type ErrorCode, errorOf } from '../errors.ts';
import { ROLES } from './auth.ts';
import { type GuardedUseCase, permissionOf } from './permissions.ts';
import type { Route } from './route.ts';

type Json = Record<string, unknown>;
type ObjectSchema = { properties?: Record<string, Json>; required?: string[] };

const TENANT = { $ref: '#/components/parameters/Tenant' };
const IDEMPOTENCY_KEY = { $ref: '#/components/parameters/IdempotencyKey' };

export function openApi(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.template.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'AMS, the academy management service', version },
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      parameters: {
        Tenant: {
          name: 'X-AMS-Tenant',
          in: 'header',
          required: true,
          description: 'The academy: the same as in the token; a super admin chooses it here.',
          schema: { type: 'string' },
        },
        IdempotencyKey: {
          name: 'Idempotency-Key',
          in: 'header',
          required: true,
          description: 'The same key with the same request acts once and is answered the same again.',
          schema: { type: 'string', minLength: 1, maxLength: 200 },
        },
      },
      schemas: {
        Error: {
          type: 'object',
          properties: {
            error: {
              type: 'object',
              properties: {
                code: { type: 'string' },
                message: { type: 'string' },
                timestamp: { type: 'string', format: 'date-time' },
              },
              required: ['code', 'message', 'timestamp'],
            },
          },
          required: ['error'],
        },
      },
    },
  };
}

/** Every error that a route may answer with. */
export function codesOf(route: Route): ErrorCode[] {
  return [
    ...(['request.invalid', 'tenant.missing'] as const),
    ...(route.open ? [] : (['auth.missing', 'auth.invalid', 'tenant.mismatch', 'role.forbidden'] as const)),
    ...(route.limit ? (['rate.limited'] as const) : []),
    ...(route.body ? (['request.too-large'] as const) : []),
    ...(route.kind === 'command' ? (['idempotency.missing', 'idempotency.reused', 'write.conflict'] as const) : []),
    ...route.refuses,
    ...(['part.unavailable', 'server.failed'] as const),
  ];
}

function operation(route: Route): Json {
  const { useCase, open, kind, params, query, headers, body } = route;
  return {
    operationId: useCase,
    description: open ? 'Needs no token.' : `For ${rolesOf(useCase as GuardedUseCase)}.`,
    security: open ? [] : [{ bearer: [] }],
    parameters: [
      TENANT,
      ...(kind === 'command' ? [IDEMPOTENCY_KEY] : []),
      ...parameters(params, 'path'),
      ...parameters(query, 'query'),
      ...parameters(headers, 'header'),
    ],
    ...(body && { requestBody: { required: true, content: json(schemaOf(body, 'input')) } }),
    responses: { [route.status]: answer(route), ...refusals(codesOf(route)) },
  };
}

function rolesOf(useCase: GuardedUseCase): string {
  return ROLES.flatMap((role) => {
    const permission = permissionOf(useCase, role);
    return permission ? [permission === 'own' ? `${role} (about their own)` : role] : [];
  }).join(', ');
}

function answer({ status, data, meta }: Route): Json {
  if (status === 204) return { description: 'Done.' };
  const properties = { data: schemaOf(data, 'output'), meta: schemaOf(meta, 'output') };
  return {
    description: 'Done.',
    content: json({ type: 'object', properties, required: ['data', 'meta'], additionalProperties: false }),
  };
}

function refusals(codes: ErrorCode[]): Json {
  const byStatus = Object.groupBy(codes, (code) => String(errorOf(code).status));
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, all]) => {
      const description = all!.map((code) => `${code}: ${errorOf(code).message}`).join('; ');
      const only = { properties: { error: { properties: { code: { enum: all } } } } };
      return [status, { description, content: json({ allOf: [{ $ref: '#/components/schemas/Error' }, only] }) }];
    }),
  );
}

/** One parameter per field. Of a choice of shapes, required is what all of them require. */
function parameters(schema: z.ZodType, place: 'path' | 'query' | 'header'): Json[] {
  const whole = schemaOf(schema, 'input') as ObjectSchema & { anyOf?: ObjectSchema[] };
  const shapes = whole.anyOf ?? [whole];
  const fields: Record<string, Json> = Object.assign({}, ...shapes.map(({ properties }) => properties));
  return Object.entries(fields).map(([name, field]) => ({
    name,
    in: place,
    required: shapes.every(({ required }) => required?.includes(name)),
    schema: field,
  }));
}

function json(schema: Json): Json {
  return { 'application/json': { schema } };
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io,
    override({ zodSchema, jsonSchema }) {
      // A number of a query: its text is checked by a pattern, its meaning is the integer.
      if (jsonSchema.type === 'integer') delete jsonSchema.pattern;
      const { def } = zodSchema._zod;
      if (def.type === 'default') jsonSchema.default = def.defaultValue;
    },
  });
  return rest;
}
