// What a request may look like. Unknown fields are refused everywhere; what comes out is canonical and typed.
import { z } from 'zod';
import { SHEET_SORTS } from '../read/attendance-sheet.ts';

const id = z.uuid().toLowerCase();
const date = z.iso.date();
const name = z.string().trim().min(1).max(100);
const phone = z.string().regex(/^\+?[\d -]{7,20}$/, 'digits, blanks and dashes');
const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'a whole number')
    .transform(Number)
    .pipe(z.number().min(least).max(most));
const minVersion = wholeNumber(1, 999_999_999).optional();

export const nothing = z.strictObject({});
export const byId = z.strictObject({ id });
export const byClassId = z.strictObject({ classId: id });

export const enrolMember = z.strictObject({
  id,
  name,
  role: z.enum(['student', 'parent', 'teacher', 'manager']),
  phone: phone.optional(),
});
export const renameMember = z.strictObject({ name });
export const requestAttendance = z.strictObject({ id, classId: id, studentId: id, date });
export const confirmAttendance = z.strictObject({ mark: z.enum(['present', 'late', 'absent']) });

export const cardQuery = z.strictObject({ minVersion });
export const sheetQuery = z
  .strictObject({
    date,
    page: wholeNumber(1, 100_000).default(1),
    size: wholeNumber(1, 200).default(50),
    sort: z.enum(SHEET_SORTS).default('attendanceId'),
    attendanceId: id.optional(),
    minVersion,
  })
  .refine((query) => (query.minVersion === undefined) === (query.attendanceId === undefined), {
    message: 'attendanceId and minVersion go together',
  });
export const statisticQuery = z.strictObject({ date });
