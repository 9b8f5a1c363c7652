// Attendance: asked for, confirmed, checked in by the class, read by class and by student.
import { readAtLeast } from '../../read/read-your-writes.ts';
import * as answers from '../answers.ts';
import { aboutOwn } from '../own.ts';
import { command, query } from '../route.ts';
import * as schemas from '../schemas.ts';
import { pageOf } from './page.ts';

export const attendanceRoutes = [
  command({
    template: '/api/v1/attendances',
    useCase: 'requestAttendance',
    body: schemas.requestAttendance,
    data: answers.attendance,
    refuses: ['attendance.exists'],
    run(services, asked) {
      const request = () => services.commands.requestAttendance(asked.context, asked.body);
      return asked.permission === 'all' ? request() : aboutOwn(services, asked, asked.body.studentId).then(request);
    },
  }),
  command({
    template: '/api/v1/attendances/:id/confirmation',
    useCase: 'confirmAttendance',
    status: 200,
    params: schemas.byId,
    body: schemas.confirmAttendance,
    data: answers.attendance,
    refuses: ['attendance.unknown', 'attendance.confirmed'],
    run: ({ commands }, { context, params, body }) => commands.confirmAttendance(context, { ...params, ...body }),
  }),
  command({
    template: '/api/v1/classes/:classId/check-ins',
    useCase: 'checkIn',
    params: schemas.byClassId,
    body: schemas.checkIn,
    data: answers.checkIn,
    refuses: ['attendance.exists'],
    run: ({ commands }, { context, params, body }) => commands.checkIn(context, { ...params, ...body }),
  }),
  query({
    template: '/api/v1/classes/:classId/attendance-sheet',
    useCase: 'readAttendanceSheet',
    params: schemas.byClassId,
    query: schemas.sheetPage,
    data: answers.sheet,
    meta: answers.sheetMeta,
    async run({ attendanceSheets, wait }, { actor, params, query: { attendanceId, minVersion, ...query } }) {
      const key = { tenantId: actor.tenantId, ...params, date: query.date };
      const stale =
        attendanceId !== undefined &&
        (
          await readAtLeast(
            (primary) => attendanceSheets.entry({ ...key, attendanceId }, { primary }),
            minVersion,
            wait,
          )
        ).stale;
      const primary = attendanceId !== undefined;
      const { data, meta } = await pageOf(attendanceSheets, { ...key, ...query, primary });
      return { data, meta: { ...meta, stale }, stale };
    },
  }),
  query({
    template: '/api/v1/members/:id/attendances',
    useCase: 'readStudentAttendances',
    params: schemas.byId,
    query: schemas.attendancePage,
    data: answers.studentAttendances,
    meta: answers.pageMeta,
    async run(services, asked) {
      const studentId = asked.params.id;
      await aboutOwn(services, asked, studentId);
      return pageOf(services.studentAttendances, { tenantId: asked.actor.tenantId, studentId, ...asked.query });
    },
  }),
];
