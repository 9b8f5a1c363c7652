// What a request may look like. Unknown fields are refused everywhere; what comes out is canonical and typed. The OpenAPI
// document is made of the same schemas.
import { z } from 'zod';
import { SHEET_SORTS } from '../read/attendance-sheet.ts';
import { STATISTIC_GROUPS } from '../read/attendance-statistic.ts';
import { CLASS_SORTS } from '../read/class-card.ts';
import { ROSTER_SORTS } from '../read/class-roster.ts';
import { MEMBER_SORTS } from '../read/member-list.ts';
import { PAYMENT_SORTS } from '../read/payment-list.ts';
import { STUDENT_ATTENDANCE_SORTS } from '../read/student-attendance.ts';
import { ROLES } from './auth.ts';

/** Characters that a database or a log line cannot keep: control characters and halves of surrogate pairs. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;
/** Text of people: trimmed, printable, 1 to `longest` characters. */
const text = (longest: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(longest)
    .refine((value) => !UNPRINTABLE.test(value), 'printable characters only');

const id = z.uuid().toLowerCase();
const date = z.iso.date().refine((day) => day >= '1900-01-01', 'from 1900 on');
const month = z.string().regex(/^(19|20)\d\d-(0[1-9]|1[0-2])$/, 'YYYY-MM');
const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'HH:MM');
const phone = z.string().regex(/^\+?[\d -]{7,20}$/, 'digits, blanks and dashes');
const mark = z.enum(['present', 'late', 'absent']);
const memberRole = z.enum(ROLES);

/** A whole number as it stands in a query. */
const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'a whole number')
    .transform(Number)
    .pipe(z.int().min(least).max(most))
    .meta({ type: 'integer', minimum: least, maximum: most });
const minVersion = wholeNumber(1, 999_999_999).optional();
/** `page` counts from 1; the first of `sorts` is the default. */
const paged = <const Sorts extends readonly [string, ...string[]]>(sorts: Sorts) => ({
  page: wholeNumber(1, 100_000).default(1),
  size: wholeNumber(1, 200).default(50),
  sort: z.enum(sorts).default(sorts[0] as never),
});

export const nothing = z.strictObject({});
export const byId = z.strictObject({ id });
export const byClassId = z.strictObject({ classId: id });

// Members
export const enrolMember = z.strictObject({
  id,
  name: text(100),
  role: memberRole,
  phone: phone.optional(),
  guardianId: id.optional(),
});
export const renameMember = z.strictObject({ name: text(100) });
export const versioned = z.strictObject({ minVersion });
export const memberPage = z.strictObject({ role: memberRole.optional(), ...paged(MEMBER_SORTS) });

// Classes and enrolment
const schedule = z.array(z.strictObject({ weekday: z.int().min(1).max(7), startsAt: time, endsAt: time })).max(50);
const aClass = { name: text(100), teacherId: id, capacity: z.int().min(1).max(1000), schedule };
export const createClass = z.strictObject({ id, ...aClass });
export const updateClass = z
  .strictObject(aClass)
  .partial()
  .refine((changes) => Object.values(changes).some((value) => value !== undefined), 'says nothing to change');
export const classPage = z.strictObject(paged(CLASS_SORTS));
export const enrolStudent = z.strictObject({ id, classId: id, studentId: id });
export const rosterPage = z.strictObject(paged(ROSTER_SORTS));

// Attendance
export const requestAttendance = z.strictObject({ id, classId: id, studentId: id, date });
export const confirmAttendance = z.strictObject({ mark });
export const checkIn = z.strictObject({
  date,
  entries: z
    .array(z.strictObject({ id, studentId: id, mark }))
    .min(1)
    .max(100),
});
export const sheetPage = z
  .strictObject({
    date,
    ...paged(SHEET_SORTS),
    attendanceId: id.optional(),
    minVersion,
  })
  .refine((query) => (query.minVersion === undefined) === (query.attendanceId === undefined), {
    message: 'attendanceId and minVersion go together',
  });
const inOrder = ({ from, to }: { from: string; to: string }) => from <= to;
export const attendancePage = z
  .strictObject({
    from: date.default('1900-01-01'),
    to: date.default('9999-12-31'),
    ...paged(STUDENT_ATTENDANCE_SORTS),
  })
  .refine(inOrder, 'from is after to');

// Payments
export const recordPayment = z.strictObject({
  id,
  studentId: id,
  amountWon: z.int().min(1).max(1_000_000_000),
  method: z.enum(['card', 'cash', 'transfer']),
  forMonth: month,
});
export const refundPayment = z.strictObject({ reason: text(500) });
export const paymentPage = z.strictObject({
  studentId: id.optional(),
  forMonth: month.optional(),
  ...paged(PAYMENT_SORTS),
});

// Statistics
/** Longest period of a statistic. */
const MOST_DAYS = 366;
const days = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1;
const byDay = z.strictObject({ date });
const byPeriod = z
  .strictObject({ from: date, to: date, by: z.enum(STATISTIC_GROUPS).default('day') })
  .refine(inOrder, 'from is after to')
  .refine(({ from, to }) => days(from, to) <= MOST_DAYS, `at most ${MOST_DAYS} days`);
export const attendanceStatistic = z.union([byDay, byPeriod]);
export const paymentStatistic = z.strictObject({ from: month, to: month }).refine(inOrder, 'from is after to');

// Accounts and sessions
const signInName = text(100).toLowerCase();
/** Longer ones only make the hash dearer. */
const password = z.string().min(10).max(200);
export const createAccount = z.strictObject({
  id,
  memberId: id.optional(),
  signInName,
  password,
  role: memberRole,
  phone: phone.optional(),
});
export const signIn = z.strictObject({ signInName, password: z.string().min(1).max(200) });
export const refreshToken = z.string().regex(/^[\w.~-]{1,500}$/, 'a refresh token');
export const refreshTokens = z.strictObject({ refreshToken });
export const requestPhoneVerification = z.strictObject({ phone });
export const byVerificationId = z.strictObject({ id: z.string().regex(/^[\w-]{1,100}$/) });
export const confirmPhoneVerification = z.strictObject({ code: z.string().regex(/^\d{6}$/, 'six digits') });

// Operators
export const profileSeconds = z.strictObject({ seconds: wholeNumber(1, 30).optional() });
