// For tests of the HTTP side: what the stand-ins of the services answer, one well-formed answer per use case.
import {
  ACCOUNT_ID,
  ATTENDANCE_ID,
  CLASS_ID,
  DATE,
  ENROLMENT_ID,
  MEMBER_ID,
  MONTH,
  PARENT_ID,
  PAYMENT_ID,
  TEACHER_ID,
} from './testing-requests.ts';

const AT = '2026-03-02T08:00:00.000Z';

const accepted = (id: string, data: Record<string, unknown>, version = 3) => ({
  id,
  version,
  status: 200,
  replayed: false,
  data: { id, version, ...data },
});
const page = (...entries: unknown[]) => ({ entries, total: entries.length });

const memberCard = {
  id: MEMBER_ID,
  version: 2,
  name: 'Kim Minji',
  role: 'student',
  phone: '***-****-5678',
  guardianId: PARENT_ID,
  enrolledAt: AT,
  updatedAt: AT,
};
const aClass = {
  name: 'Algebra 1',
  teacherId: TEACHER_ID,
  capacity: 12,
  schedule: [{ weekday: 1, startsAt: '17:00', endsAt: '18:30' }],
};
const classCard = { id: CLASS_ID, version: 2, ...aClass, createdAt: AT, updatedAt: AT };
const enrolment = { classId: CLASS_ID, studentId: MEMBER_ID, status: 'active' };
const attendance = { classId: CLASS_ID, studentId: MEMBER_ID, date: DATE, status: 'confirmed', mark: 'late' };
const sheetEntry = {
  attendanceId: ATTENDANCE_ID,
  studentId: MEMBER_ID,
  status: 'confirmed',
  mark: 'late',
  requestedAt: AT,
  confirmedAt: AT,
  version: 2,
};
const payment = {
  studentId: MEMBER_ID,
  amountWon: 250_000,
  method: 'card',
  forMonth: MONTH,
  receiptNumber: 'R-1',
  status: 'recorded',
  refundReason: null,
};
const session = { accessToken: 'a.b.c', expiresAt: AT, refreshToken: 'r', refreshExpiresAt: AT, role: 'student' };

export const ANSWERS = {
  enrolMember: accepted(MEMBER_ID, { name: 'Kim Minji', role: 'student' }),
  renameMember: accepted(MEMBER_ID, { name: 'Lee Jiwoo', role: 'student' }),
  listMembers: page(memberCard),
  readMemberCard: memberCard,
  createClass: accepted(CLASS_ID, aClass),
  updateClass: accepted(CLASS_ID, aClass),
  listClasses: page(classCard),
  readClassCard: { value: classCard, cache: 'hit' },
  readClassRoster: page({
    enrolmentId: ENROLMENT_ID,
    studentId: MEMBER_ID,
    name: 'Kim Minji',
    enrolledAt: AT,
    version: 1,
  }),
  enrolStudent: accepted(ENROLMENT_ID, enrolment),
  withdrawStudent: accepted(ENROLMENT_ID, { ...enrolment, status: 'withdrawn' }),
  requestAttendance: accepted(ATTENDANCE_ID, { ...attendance, status: 'requested', mark: null }),
  confirmAttendance: accepted(ATTENDANCE_ID, attendance),
  checkIn: accepted(CLASS_ID, { entries: [{ id: ATTENDANCE_ID, version: 2 }] }, 0),
  readAttendanceSheet: page(sheetEntry),
  readStudentAttendances: page({ ...sheetEntry, classId: CLASS_ID, date: DATE }),
  recordPayment: accepted(PAYMENT_ID, payment),
  refundPayment: accepted(PAYMENT_ID, { ...payment, status: 'refunded', refundReason: 'moved away' }),
  listPayments: page({ id: PAYMENT_ID, version: 1, ...payment, recordedAt: AT, refundedAt: null }),
  readReceipt: { id: PAYMENT_ID, version: 1, ...payment, recordedAt: AT },
  readAttendanceStatistic: {
    value: { date: DATE, requested: 0, confirmed: 0, present: 0, late: 0, absent: 0 },
    cache: 'hit',
  },
  readPaymentStatistic: { value: { from: MONTH, to: MONTH, months: [] }, cache: 'hit' },
  createAccount: { data: { id: ACCOUNT_ID, memberId: MEMBER_ID, signInName: 'minji', role: 'student', phone: null } },
  signIn: session,
  refreshTokens: session,
  signOut: undefined,
  requestPhoneVerification: { id: 'some-id' },
  confirmPhoneVerification: { phone: '***-****-5678', verifiedAt: AT },
  takeProfile: undefined,
  takeHeap: undefined,
};
