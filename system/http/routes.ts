// The routes of /api/v1, one table: who may do it, what a request must look like, and what happens. No Express in here.
import type { z } from 'zod';
import { AmsError } from '../errors.ts';
import type { AttendanceSheets } from '../read/attendance-sheet.ts';
import type { attendanceStatistics } from '../read/attendance-statistic.ts';
import type { memberCards } from '../read/member-card.ts';
import { type BoundedWait, readAtLeast } from '../read/read-your-writes.ts';
import type { Accepted, CommandContext, CommandHandlers } from '../write/commands.ts';
import type { Actor, Role } from './auth.ts';
import * as schemas from './schemas.ts';

export interface Services {
  commands: CommandHandlers;
  memberCard: ReturnType<typeof memberCards>;
  attendanceSheets: AttendanceSheets;
  attendanceStatistic: ReturnType<typeof attendanceStatistics>;
  wait: BoundedWait;
}

export interface QueryAnswer {
  data: unknown;
  meta: Record<string, unknown>;
  /** Becomes the ETag. */
  version?: number;
  stale?: boolean;
}

interface Common {
  /** Express's path template; also the label of the histogram. */
  template: string;
  useCase: string;
  roles: readonly Role[];
  params: z.ZodType;
}

export interface CommandRoute extends Common {
  kind: 'command';
  method: 'POST' | 'PATCH';
  /** What it answers when it acted. */
  status: 200 | 201;
  body: z.ZodType;
  run(services: Services, context: CommandContext, input: { params: unknown; body: unknown }): Promise<Accepted>;
}

export interface QueryRoute extends Common {
  kind: 'query';
  method: 'GET';
  query: z.ZodType;
  run(services: Services, actor: Actor, input: { params: unknown; query: unknown }): Promise<QueryAnswer>;
}

export type Route = CommandRoute | QueryRoute;

/** Ties the types of a route's schemas to its `run`; the table itself needs to know them only as schemas. */
function command<P extends z.ZodType, B extends z.ZodType>(
  route: Omit<CommandRoute, 'kind' | 'params' | 'body' | 'run'> & {
    params: P;
    body: B;
    run(
      services: Services,
      context: CommandContext,
      input: { params: z.infer<P>; body: z.infer<B> },
    ): Promise<Accepted>;
  },
): CommandRoute {
  return { kind: 'command', ...route } as CommandRoute;
}

function query<P extends z.ZodType, Q extends z.ZodType>(
  route: Omit<QueryRoute, 'kind' | 'method' | 'params' | 'query' | 'run'> & {
    params: P;
    query: Q;
    run(services: Services, actor: Actor, input: { params: z.infer<P>; query: z.infer<Q> }): Promise<QueryAnswer>;
  },
): QueryRoute {
  return { kind: 'query', method: 'GET', ...route } as QueryRoute;
}

const EVERYBODY = ['student', 'parent', 'teacher', 'manager'] as const;

export const ROUTES: readonly Route[] = [
  command({
    method: 'POST',
    template: '/api/v1/members',
    useCase: 'enrolMember',
    roles: ['manager'],
    status: 201,
    params: schemas.nothing,
    body: schemas.enrolMember,
    run: ({ commands }, context, { body }) => commands.enrolMember(context, body),
  }),
  command({
    method: 'PATCH',
    template: '/api/v1/members/:id',
    useCase: 'renameMember',
    roles: ['manager'],
    status: 200,
    params: schemas.byId,
    body: schemas.renameMember,
    run: ({ commands }, context, { params, body }) => commands.renameMember(context, { ...params, ...body }),
  }),
  command({
    method: 'POST',
    template: '/api/v1/attendances',
    useCase: 'requestAttendance',
    roles: ['student', 'teacher', 'manager'],
    status: 201,
    params: schemas.nothing,
    body: schemas.requestAttendance,
    run: ({ commands }, context, { body }) => commands.requestAttendance(context, body),
  }),
  command({
    method: 'POST',
    template: '/api/v1/attendances/:id/confirmation',
    useCase: 'confirmAttendance',
    roles: ['teacher', 'manager'],
    status: 200,
    params: schemas.byId,
    body: schemas.confirmAttendance,
    run: ({ commands }, context, { params, body }) => commands.confirmAttendance(context, { ...params, ...body }),
  }),
  query({
    template: '/api/v1/members/:id',
    useCase: 'readMemberCard',
    roles: EVERYBODY,
    params: schemas.byId,
    query: schemas.cardQuery,
    async run({ memberCard, wait }, actor, { params, query: { minVersion } }) {
      const { document, stale } = await readAtLeast(() => memberCard(actor.tenantId, params.id), minVersion, wait);
      if (!document) throw new AmsError('member.unknown');
      return { data: document, meta: { stale }, version: document.version, stale };
    },
  }),
  query({
    template: '/api/v1/classes/:classId/attendance-sheet',
    useCase: 'readAttendanceSheet',
    roles: ['teacher', 'manager'],
    params: schemas.byClassId,
    query: schemas.sheetQuery,
    async run({ attendanceSheets, wait }, actor, { params, query: { attendanceId, minVersion, ...asked } }) {
      const stale =
        attendanceId !== undefined &&
        (await readAtLeast(() => attendanceSheets.entry(actor.tenantId, attendanceId), minVersion, wait)).stale;
      const { entries, total } = await attendanceSheets.page({
        tenantId: actor.tenantId,
        classId: params.classId,
        ...asked,
      });
      return { data: entries, meta: { page: asked.page, size: asked.size, total, sort: asked.sort, stale }, stale };
    },
  }),
  query({
    template: '/api/v1/statistics/attendance',
    useCase: 'readAttendanceStatistic',
    roles: ['manager'],
    params: schemas.nothing,
    query: schemas.statisticQuery,
    async run({ attendanceStatistic }, actor, { query: { date } }) {
      const { value, cache } = await attendanceStatistic(actor.tenantId, date);
      return { data: value, meta: { cache } };
    },
  }),
];
