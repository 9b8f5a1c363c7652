// For tests of the HTTP side: a valid request for every route of the table, and tokens of every kind.
import { systemClock } from '../clock.ts';
import { EVERY_TENANT, type Role, secretKey, signToken } from './auth.ts';

export const SECRET = 'a-secret-for-tests-only';

/** Headers of a caller of the tenant; `x-ams-tenant` is the token's own unless said otherwise. */
export async function headersOf(
  role: Role,
  tenantId: string,
  options: { secret?: string; headerTenant?: string; now?: Date; subject?: string } = {},
): Promise<Record<string, string>> {
  const actor = {
    id: options.subject ?? `${role}-1`,
    tenantId: role === 'super_admin' ? EVERY_TENANT : tenantId,
    role,
  };
  const token = await signToken(actor, secretKey(options.secret ?? SECRET), options.now ?? systemClock.now(), 3600);
  return { authorization: `Bearer ${token}`, 'x-ams-tenant': options.headerTenant ?? tenantId };
}

export const MEMBER_ID = '0b7f4c1e-0001-4000-8000-000000000001';
export const ATTENDANCE_ID = '0b7f4c1e-0002-4000-8000-000000000002';
export const CLASS_ID = '0b7f4c1e-0003-4000-8000-000000000003';
export const TEACHER_ID = '0b7f4c1e-0004-4000-8000-000000000004';
export const ENROLMENT_ID = '0b7f4c1e-0005-4000-8000-000000000005';
export const PAYMENT_ID = '0b7f4c1e-0006-4000-8000-000000000006';
export const ACCOUNT_ID = '0b7f4c1e-0007-4000-8000-000000000007';
export const PARENT_ID = '0b7f4c1e-0008-4000-8000-000000000008';
export const DATE = '2026-03-02';
export const MONTH = '2026-03';

export interface ValidRequest {
  path: string;
  body?: Record<string, unknown>;
  headers?: Record<string, string>;
}

const A_CLASS = {
  name: 'Algebra 1',
  teacherId: TEACHER_ID,
  capacity: 12,
  schedule: [{ weekday: 1, startsAt: '17:00', endsAt: '18:30' }],
};

/** One valid request per use case. */
export const VALID: Record<string, ValidRequest> = {
  enrolMember: {
    path: '/api/v1/members',
    body: { id: MEMBER_ID, name: 'Kim Minji', role: 'student', phone: '010-1234-5678', guardianId: PARENT_ID },
  },
  renameMember: { path: `/api/v1/members/${MEMBER_ID}`, body: { name: 'Lee Jiwoo' } },
  listMembers: { path: '/api/v1/members?role=student&page=1&size=20&sort=-name' },
  readMemberCard: { path: `/api/v1/members/${MEMBER_ID}` },
  createClass: { path: '/api/v1/classes', body: { id: CLASS_ID, ...A_CLASS } },
  updateClass: { path: `/api/v1/classes/${CLASS_ID}`, body: { ...A_CLASS, capacity: 15 } },
  listClasses: { path: '/api/v1/classes' },
  readClassCard: { path: `/api/v1/classes/${CLASS_ID}` },
  readClassRoster: { path: `/api/v1/classes/${CLASS_ID}/roster` },
  enrolStudent: {
    path: '/api/v1/enrolments',
    body: { id: ENROLMENT_ID, classId: CLASS_ID, studentId: MEMBER_ID },
  },
  withdrawStudent: { path: `/api/v1/enrolments/${ENROLMENT_ID}` },
  requestAttendance: {
    path: '/api/v1/attendances',
    body: { id: ATTENDANCE_ID, classId: CLASS_ID, studentId: MEMBER_ID, date: DATE },
  },
  confirmAttendance: { path: `/api/v1/attendances/${ATTENDANCE_ID}/confirmation`, body: { mark: 'present' } },
  checkIn: {
    path: `/api/v1/classes/${CLASS_ID}/check-ins`,
    body: { date: DATE, entries: [{ id: ATTENDANCE_ID, studentId: MEMBER_ID, mark: 'late' }] },
  },
  readAttendanceSheet: { path: `/api/v1/classes/${CLASS_ID}/attendance-sheet?date=${DATE}` },
  readStudentAttendances: { path: `/api/v1/members/${MEMBER_ID}/attendances?from=${DATE}&to=${DATE}` },
  recordPayment: {
    path: '/api/v1/payments',
    body: { id: PAYMENT_ID, studentId: MEMBER_ID, amountWon: 250_000, method: 'card', forMonth: MONTH },
  },
  refundPayment: { path: `/api/v1/payments/${PAYMENT_ID}/refund`, body: { reason: 'moved away' } },
  listPayments: { path: `/api/v1/payments?studentId=${MEMBER_ID}` },
  readReceipt: { path: `/api/v1/payments/${PAYMENT_ID}/receipt` },
  readAttendanceStatistic: { path: `/api/v1/statistics/attendance?date=${DATE}` },
  readPaymentStatistic: { path: `/api/v1/statistics/payments?from=${MONTH}&to=${MONTH}` },
  createAccount: {
    path: '/api/v1/accounts',
    body: { id: ACCOUNT_ID, memberId: MEMBER_ID, signInName: 'minji', password: 'correct horse', role: 'student' },
  },
  signIn: { path: '/api/v1/sign-ins', body: { signInName: 'minji', password: 'correct horse' } },
  refreshTokens: { path: '/api/v1/token-refreshes', body: { refreshToken: 'a-refresh-token' } },
  signOut: { path: '/api/v1/sessions/current', headers: { 'x-ams-refresh-token': 'a-refresh-token' } },
  requestPhoneVerification: { path: '/api/v1/phone-verifications', body: { phone: '010-1234-5678' } },
  confirmPhoneVerification: { path: '/api/v1/phone-verifications/some-id/confirmation', body: { code: '123456' } },
  takeProfile: { path: '/debug/profile?seconds=1' },
  takeHeap: { path: '/debug/heap' },
};
