// For tests of the HTTP side: a valid request for every route of the table, and tokens of every kind.
import { systemClock } from '../clock.ts';
import { type Role, secretKey, signToken } from './auth.ts';

export const SECRET = 'a-secret-for-tests-only';

/** Headers of a caller of the tenant; `x-ams-tenant` is the token's own unless said otherwise. */
export async function headersOf(
  role: Role,
  tenantId: string,
  options: { secret?: string; headerTenant?: string; now?: Date } = {},
): Promise<Record<string, string>> {
  const actor = { id: `${role}-1`, tenantId, role };
  const token = await signToken(actor, secretKey(options.secret ?? SECRET), options.now ?? systemClock.now(), 3600);
  return { authorization: `Bearer ${token}`, 'x-ams-tenant': options.headerTenant ?? tenantId };
}

export const MEMBER_ID = '0b7f4c1e-0001-4000-8000-000000000001';
export const ATTENDANCE_ID = '0b7f4c1e-0002-4000-8000-000000000002';
export const CLASS_ID = '0b7f4c1e-0003-4000-8000-000000000003';
export const DATE = '2026-03-02';

/** One valid request per use case. */
export const VALID: Record<string, { path: string; body?: Record<string, unknown> }> = {
  enrolMember: {
    path: '/api/v1/members',
    body: { id: MEMBER_ID, name: 'Kim Minji', role: 'student', phone: '010-1234-5678' },
  },
  renameMember: { path: `/api/v1/members/${MEMBER_ID}`, body: { name: 'Lee Jiwoo' } },
  requestAttendance: {
    path: '/api/v1/attendances',
    body: { id: ATTENDANCE_ID, classId: CLASS_ID, studentId: MEMBER_ID, date: DATE },
  },
  confirmAttendance: { path: `/api/v1/attendances/${ATTENDANCE_ID}/confirmation`, body: { mark: 'present' } },
  readMemberCard: { path: `/api/v1/members/${MEMBER_ID}` },
  readAttendanceSheet: { path: `/api/v1/classes/${CLASS_ID}/attendance-sheet?date=${DATE}` },
  readAttendanceStatistic: { path: `/api/v1/statistics/attendance?date=${DATE}` },
};
