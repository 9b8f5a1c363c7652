// The commands of AMS, as the HTTP side calls them: a context and a checked input in, what was accepted out.
import type { Mark } from '../domain/attendance.ts';
import type { Class } from '../domain/class.ts';
import type { Role } from '../domain/member.ts';
import type { PaymentMethod } from '../domain/payment.ts';
import type { Accepted } from './accepted.ts';
import { attendance, class_, enrolment, member, payment } from './aggregates.ts';
import { type CheckIn, executeCheckIn } from './check-in.ts';
import { type CommandParts, execute } from './execute.ts';
import type { CommandContext } from './store.ts';

export type { Accepted } from './accepted.ts';
export type { CommandContext, Remembered } from './store.ts';

type Handler<Input> = (context: CommandContext, input: Input) => Promise<Accepted>;

export interface CommandHandlers {
  enrolMember: Handler<{
    id: string;
    name: string;
    role: Role;
    phone?: string | null | undefined;
    guardianId?: string | null | undefined;
  }>;
  renameMember: Handler<{ id: string; name: string }>;
  createClass: Handler<{ id: string } & Class>;
  updateClass: Handler<{ id: string } & { [Field in keyof Class]?: Class[Field] | undefined }>;
  enrolStudent: Handler<{ id: string; classId: string; studentId: string }>;
  /** Answers 204. */
  withdrawStudent: Handler<{ id: string }>;
  requestAttendance: Handler<{ id: string; classId: string; studentId: string; date: string }>;
  confirmAttendance: Handler<{ id: string; mark: Mark }>;
  checkIn: Handler<CheckIn>;
  recordPayment: Handler<{ id: string; studentId: string; amountWon: number; method: PaymentMethod; forMonth: string }>;
  refundPayment: Handler<{ id: string; reason: string }>;
}

/** A creating command costs one round trip to PostgreSQL, so does a check-in; the others two. Errors: see `execute` and `executeCheckIn`. */
export function commandHandlers(parts: CommandParts): CommandHandlers {
  return {
    enrolMember: (context, { id, name, role, phone = null, guardianId = null }) =>
      execute(parts, context, {
        aggregate: member,
        id,
        command: { type: 'EnrolMember', name, role, phone, guardianId },
        status: 201,
      }),
    renameMember: (context, { id, name }) =>
      execute(parts, context, { aggregate: member, id, command: { type: 'RenameMember', name }, status: 200 }),
    createClass: (context, { id, name, teacherId, capacity, schedule }) =>
      execute(parts, context, {
        aggregate: class_,
        id,
        command: { type: 'CreateClass', name, teacherId, capacity, schedule },
        status: 201,
      }),
    updateClass: (context, { id, ...asked }) =>
      execute(parts, context, {
        aggregate: class_,
        id,
        command: { type: 'UpdateClass', ...(given(asked) as Partial<Class>) },
        status: 200,
      }),
    enrolStudent: (context, { id, classId, studentId }) =>
      execute(parts, context, {
        aggregate: enrolment,
        id,
        command: { type: 'EnrolStudent', classId, studentId },
        status: 201,
      }),
    withdrawStudent: (context, { id }) =>
      execute(parts, context, { aggregate: enrolment, id, command: { type: 'WithdrawStudent' }, status: 204 }),
    requestAttendance: (context, { id, classId, studentId, date }) =>
      execute(parts, context, {
        aggregate: attendance,
        id,
        command: { type: 'RequestAttendance', classId, studentId, date },
        status: 201,
      }),
    confirmAttendance: (context, { id, mark }) =>
      execute(parts, context, {
        aggregate: attendance,
        id,
        command: { type: 'ConfirmAttendance', mark },
        status: 200,
      }),
    checkIn: (context, input) => executeCheckIn(parts, context, input),
    recordPayment: (context, { id, studentId, amountWon, method, forMonth }) =>
      execute(parts, context, {
        aggregate: payment,
        id,
        command: { type: 'RecordPayment', studentId, amountWon, method, forMonth },
        status: 201,
      }),
    refundPayment: (context, { id, reason }) =>
      execute(parts, context, { aggregate: payment, id, command: { type: 'RefundPayment', reason }, status: 200 }),
  };
}

/** Without the fields that were left out: they must not overwrite what is there. */
function given(asked: object): object {
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}
