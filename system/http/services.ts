// What the routes call: commands, reads, accounts. Wired in api.ts; tests of the HTTP side put stand-ins here that note what reached them.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AttendanceSheets } from '../read/attendance-sheet.ts';
import type { AttendanceStatistics } from '../read/attendance-statistic.ts';
import type { ClassCards } from '../read/class-card.ts';
import type { ClassRosters } from '../read/class-roster.ts';
import type { MemberCards } from '../read/member-card.ts';
import type { MemberLists } from '../read/member-list.ts';
import type { PaymentLists } from '../read/payment-list.ts';
import type { PaymentStatistics } from '../read/payment-statistic.ts';
import type { BoundedWait } from '../read/read-your-writes.ts';
import type { StudentAttendances } from '../read/student-attendance.ts';
import type { CommandHandlers } from '../write/commands.ts';
import type { AccountDesk } from './accounts.ts';

/** Sends an answer by itself. */
export type Send = (req: IncomingMessage, res: ServerResponse) => void | Promise<void>;

export interface Services {
  commands: CommandHandlers;
  memberCard: MemberCards;
  memberLists: MemberLists;
  classCards: ClassCards;
  classRosters: ClassRosters;
  attendanceSheets: AttendanceSheets;
  studentAttendances: StudentAttendances;
  attendanceStatistics: AttendanceStatistics;
  paymentLists: PaymentLists;
  paymentStatistics: PaymentStatistics;
  /** Null when there is no such payment. */
  receipts: (tenantId: string, paymentId: string) => Promise<{ studentId: string } | null>;
  wait: BoundedWait;
  accounts: AccountDesk;
  /** Answer by themselves: they stream. */
  takeProfile: Send;
  takeHeap: Send;
}
