// What a success says: `data` of every route, and `meta` where there is any. The OpenAPI document is made of these schemas,
// and the tests hold every answer against them.
import { z } from 'zod';
import { ROLES } from './auth.ts';

const id = z.uuid();
const at = z.iso.datetime();
const date = z.iso.date();
const month = z.string().regex(/^\d{4}-\d{2}$/);
const version = z.int().min(1);
const count = z.int().min(0);
const role = z.enum(ROLES);
const mark = z.enum(['present', 'late', 'absent']);
/** Masked: `***-****-5678`. */
const maskedPhone = z.string().nullable();

export const nothing = z.strictObject({});

// What commands answer: the aggregate as it is now
const aggregate = { id, version };
export const member = z.strictObject({ ...aggregate, name: z.string(), role });
const aClass = {
  name: z.string(),
  teacherId: id,
  capacity: count,
  schedule: z.array(z.strictObject({ weekday: z.int(), startsAt: z.string(), endsAt: z.string() })),
};
export const classes = z.strictObject({ ...aggregate, ...aClass });
export const enrolment = z.strictObject({
  ...aggregate,
  classId: id,
  studentId: id,
  status: z.enum(['active', 'withdrawn']),
});
export const attendance = z.strictObject({
  ...aggregate,
  classId: id,
  studentId: id,
  date,
  status: z.enum(['requested', 'confirmed']),
  mark: mark.nullable(),
});
export const checkIn = z.strictObject({ id, version: z.literal(0), entries: z.array(z.strictObject({ id, version })) });
const aPayment = {
  studentId: id,
  amountWon: z.int(),
  method: z.enum(['card', 'cash', 'transfer']),
  forMonth: month,
  receiptNumber: z.string(),
  status: z.enum(['recorded', 'refunded']),
  refundReason: z.string().nullable(),
};
export const payment = z.strictObject({ ...aggregate, ...aPayment });

// What queries answer
export const staleMeta = z.strictObject({ stale: z.boolean() });
const page = { page: z.int().min(1), size: z.int().min(1), total: count, sort: z.string() };
export const pageMeta = z.strictObject(page);
export const sheetMeta = z.strictObject({ ...page, stale: z.boolean() });
export const cacheMeta = z.strictObject({ cache: z.enum(['hit', 'miss', 'off']) });

export const memberCard = z.strictObject({
  id,
  version,
  name: z.string(),
  role,
  phone: maskedPhone,
  guardianId: id.nullable(),
  enrolledAt: at,
  updatedAt: at,
});
export const classCard = z.strictObject({ id, version, ...aClass, createdAt: at, updatedAt: at });
export const memberList = z.array(memberCard);
export const classList = z.array(classCard);
export const roster = z.array(
  z.strictObject({ enrolmentId: id, studentId: id, name: z.string().nullable(), enrolledAt: at, version }),
);
const sheetEntry = {
  attendanceId: id,
  studentId: id,
  status: z.enum(['requested', 'confirmed']),
  mark: mark.nullable(),
  requestedAt: at,
  confirmedAt: at.nullable(),
  version,
};
export const sheet = z.array(z.strictObject(sheetEntry));
export const studentAttendances = z.array(z.strictObject({ ...sheetEntry, classId: id, date }));
export const paymentList = z.array(
  z.strictObject({ ...aggregate, ...aPayment, recordedAt: at, refundedAt: at.nullable() }),
);
export const receipt = z.strictObject({ ...aggregate, ...aPayment, recordedAt: at });
const counts = { requested: count, confirmed: count, present: count, late: count, absent: count };
export const attendanceStatistic = z.union([
  z.strictObject({ date, ...counts }),
  z.strictObject({
    from: date,
    to: date,
    by: z.enum(['day', 'class', 'teacher']),
    rows: z.array(z.strictObject({ key: z.string(), name: z.string().nullable(), ...counts })),
  }),
]);
export const paymentStatistic = z.strictObject({
  from: month,
  to: month,
  months: z.array(
    z.strictObject({
      month,
      payments: count,
      amountWon: count,
      refunds: count,
      refundedWon: count,
      cardWon: count,
      cashWon: count,
      transferWon: count,
    }),
  ),
});

// Accounts, sessions, verifications
export const account = z.strictObject({
  id,
  memberId: id.nullable(),
  signInName: z.string(),
  role,
  phone: maskedPhone,
});
export const session = z.strictObject({
  accessToken: z.string(),
  expiresAt: at,
  refreshToken: z.string(),
  refreshExpiresAt: at,
  role,
});
export const verification = z.strictObject({ id: z.string() });
export const verified = z.strictObject({ phone: z.string(), verifiedAt: at });

/** A file that is streamed. */
export const file = z.unknown();
