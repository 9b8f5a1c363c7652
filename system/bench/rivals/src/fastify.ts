// The rival in Fastify, written as its documentation and that of its plug-ins recommend, on the same application code
// (`memberCards`, `commandHandlers`): token, tenant, role, rate limit in Redis, validation, metrics, one log line, traces.
import { createHash } from 'node:crypto';
import jwt from '@fastify/jwt';
import FastifyOtelInstrumentation from '@fastify/otel';
import rateLimit from '@fastify/rate-limit';
import Fastify, { type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import metrics from 'fastify-metrics';
import pino from 'pino';
import { application } from './application.ts';

const EVERYBODY = ['student', 'parent', 'teacher', 'manager', 'super_admin'];
const uuid = { type: 'string', format: 'uuid' } as const;
const text = { type: 'string' } as const;
const nullable = { type: ['string', 'null'] } as const;

const cardAnswer = {
  type: 'object',
  properties: {
    data: {
      type: 'object',
      properties: {
        id: text,
        version: { type: 'integer' },
        name: text,
        role: text,
        phone: nullable,
        guardianId: nullable,
        enrolledAt: text,
        updatedAt: text,
      },
    },
    meta: { type: 'object', properties: { stale: { type: 'boolean' } } },
  },
};
const attendanceAnswer = {
  type: 'object',
  properties: {
    data: {
      type: 'object',
      properties: {
        id: text,
        version: { type: 'integer' },
        classId: text,
        studentId: text,
        date: text,
        status: text,
        mark: nullable,
      },
    },
    meta: { type: 'object', properties: {} },
  },
};

async function main(): Promise<void> {
  const { config, cards, commands, redis, close } = application();
  const app = Fastify({
    loggerInstance: pino({ level: 'info' }, pino.destination({ dest: 1, sync: false })),
    // One line a request, as ours, instead of the two that Fastify writes by itself.
    logController: new LogController({ disableRequestLogging: true }),
  });
  app.addHook('onResponse', async (request, reply) => {
    request.log.info(
      {
        tenantId: request.user?.tenant,
        actor: request.user?.sub,
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        elapsedMs: reply.elapsedTime,
      },
      'request completed',
    );
  });
  await app.register(new FastifyOtelInstrumentation({ servername: 'fastify' }).plugin());
  await app.register(metrics, { endpoint: '/metrics' });
  await app.register(jwt, { secret: config.JWT_SECRET, verify: { algorithms: ['HS256'] } });
  await app.register(rateLimit, {
    max: 100,
    timeWindow: '1 minute',
    redis,
    hook: 'preHandler',
    keyGenerator: (request) => request.user?.sub ?? request.ip,
    allowList: (request) => request.url.startsWith('/actuator'),
  });

  const permitted = (roles: string[]) => async (request: FastifyRequest, reply: FastifyReply) => {
    await request.jwtVerify();
    const { tenant, role } = request.user;
    if (request.headers['x-ams-tenant'] !== tenant) return reply.code(403).send({ error: { code: 'tenant.mismatch' } });
    if (!roles.includes(role)) return reply.code(403).send({ error: { code: 'role.forbidden' } });
  };

  app.get('/actuator/health/readiness', async () => ({ status: 'UP' }));

  app.get<{ Params: { id: string } }>(
    '/api/v1/members/:id',
    {
      onRequest: permitted(EVERYBODY),
      schema: {
        params: { type: 'object', properties: { id: uuid }, required: ['id'] },
        response: { 200: cardAnswer },
      },
    },
    async (request, reply) => {
      const data = await cards(request.user.tenant, request.params.id);
      if (!data) return reply.code(404).send({ error: { code: 'member.unknown' } });
      return { data, meta: { stale: false } };
    },
  );

  app.post<{ Body: { id: string; classId: string; studentId: string; date: string } }>(
    '/api/v1/attendances',
    {
      onRequest: permitted(['student', 'teacher', 'manager']),
      schema: {
        headers: {
          type: 'object',
          properties: { 'idempotency-key': { ...text, maxLength: 200 } },
          required: ['idempotency-key'],
        },
        body: {
          type: 'object',
          properties: { id: uuid, classId: uuid, studentId: uuid, date: { type: 'string', format: 'date' } },
          required: ['id', 'classId', 'studentId', 'date'],
          additionalProperties: false,
        },
        response: { 201: attendanceAnswer },
      },
    },
    async (request, reply) => {
      const { tenant, sub } = request.user;
      const context = {
        tenantId: tenant,
        actor: sub,
        idempotencyKey: String(request.headers['idempotency-key']),
        requestHash: createHash('sha256')
          .update(JSON.stringify(['requestAttendance', sub, request.body]))
          .digest('hex'),
        traceParent: `00-${'1'.repeat(32)}-${'1'.repeat(16)}-00`,
      };
      const { data, status, version } = await commands.requestAttendance(context, request.body);
      return reply.code(status).header('ETag', `W/"${version}"`).send({ data, meta: {} });
    },
  );

  await app.listen({ port: config.PORT, host: config.HOST });
  process.once('SIGTERM', async () => {
    await app.close();
    await close();
  });
}

void main();
