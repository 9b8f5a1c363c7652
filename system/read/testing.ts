// For tests of the read side: every question once, and what the driver sent for it.
import type { Db, Document, MongoClient } from 'mongodb';
import type { Cache } from '../cache/cache.ts';
import { attendanceSheets, SHEET_SORTS } from './attendance-sheet.ts';
import { attendanceStatistics, STATISTIC_GROUPS } from './attendance-statistic.ts';
import { CLASS_SORTS, classCards } from './class-card.ts';
import { classRosters, ROSTER_SORTS } from './class-roster.ts';
import { memberCards } from './member-card.ts';
import { MEMBER_SORTS, memberLists } from './member-list.ts';
import { PAYMENT_SORTS, paymentLists } from './payment-list.ts';
import { paymentStatistics } from './payment-statistic.ts';
import { STUDENT_ATTENDANCE_SORTS, studentAttendances } from './student-attendance.ts';

export const noCache: Cache = {
  through: async (_scope, _key, _class, load) => ({ value: await load(), cache: 'off' }),
  invalidate: async () => {},
};

/** Commands that the driver sends, as it sends them; the client must have been made with `monitorCommands`. */
export function watchCommands(client: MongoClient): Document[] {
  const sent: Document[] = [];
  client.on('commandStarted', ({ command }) => void sent.push(command));
  return sent;
}

export interface Subject {
  tenantId: string;
  memberId: string;
  classId: string;
  studentId: string;
  attendanceId: string;
  /** A day with a sheet of that class. */
  date: string;
}

/** Asks every question of the read side, in every order and grouping. Gives how many entries each list had. */
export async function askEverything(db: Db, subject: Subject): Promise<Record<string, number>> {
  const { tenantId, memberId, classId, studentId, attendanceId, date } = subject;
  const page = { tenantId, page: 2, size: 10 };
  const found: Record<string, number> = {};
  const note = (name: string, { entries }: { entries: unknown[] }) => {
    found[name] = entries.length;
  };
  found.memberCard = (await memberCards(db)(tenantId, memberId)) ? 1 : 0;
  found.classCard = (await classCards(db, noCache).one(tenantId, classId)).value ? 1 : 0;
  found.entry = (await attendanceSheets(db).entry({ tenantId, classId, date, attendanceId })) ? 1 : 0;
  for (const sort of MEMBER_SORTS) {
    note(`members ${sort}`, await memberLists(db).page({ ...page, sort }));
    note(`students ${sort}`, await memberLists(db).page({ ...page, role: 'student', sort }));
  }
  for (const sort of CLASS_SORTS) note(`classes ${sort}`, await classCards(db, noCache).page({ ...page, sort }));
  for (const sort of ROSTER_SORTS) note(`roster ${sort}`, await classRosters(db).page({ ...page, classId, sort }));
  for (const sort of SHEET_SORTS)
    note(`sheet ${sort}`, await attendanceSheets(db).page({ ...page, classId, date, sort }));
  for (const sort of STUDENT_ATTENDANCE_SORTS) {
    const days = { from: '2026-01-01', to: '2026-12-31' };
    note(`attendances ${sort}`, await studentAttendances(db).page({ ...page, studentId, ...days, sort }));
  }
  const forMonth = date.slice(0, 7);
  for (const sort of PAYMENT_SORTS) {
    note(`payments ${sort}`, await paymentLists(db).page({ ...page, sort }));
    note(`payments of student ${sort}`, await paymentLists(db).page({ ...page, page: 1, studentId, sort }));
    note(`payments of month ${sort}`, await paymentLists(db).page({ ...page, forMonth, sort }));
    note(`payments of both ${sort}`, await paymentLists(db).page({ ...page, page: 1, studentId, forMonth, sort }));
  }
  const attendance = attendanceStatistics(db, noCache);
  const { value: day } = await attendance(tenantId, date);
  found['statistic of a day'] = day.requested + day.confirmed;
  for (const by of STATISTIC_GROUPS) {
    const { value } = await attendance(tenantId, { from: '2026-01-01', to: '2026-12-31', by });
    found[`statistic by ${by}`] = value.rows.length;
  }
  const { value } = await paymentStatistics(db, noCache)(tenantId, { from: '2026-01', to: '2026-12' });
  found['payments by month'] = value.months.length;
  return found;
}
