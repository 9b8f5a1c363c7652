// How each aggregate of the domain is kept: its name in the tables, its rules, its refusals as errors of the table, its answer.
import {
  type Attendance,
  type AttendanceCommand,
  type AttendanceEvent,
  type AttendanceRefusal,
  decideAttendance,
  evolveAttendance,
} from '../domain/attendance.ts';
import {
  type Class,
  type ClassCommand,
  type ClassEvent,
  type ClassRefusal,
  decideClass,
  evolveClass,
} from '../domain/class.ts';
import {
  decideEnrolment,
  type Enrolment,
  type EnrolmentCommand,
  type EnrolmentEvent,
  type EnrolmentRefusal,
  evolveEnrolment,
} from '../domain/enrolment.ts';
import {
  decideMember,
  evolveMember,
  type Member,
  type MemberCommand,
  type MemberEvent,
  type MemberRefusal,
} from '../domain/member.ts';
import {
  decidePayment,
  evolvePayment,
  type Payment,
  type PaymentCommand,
  type PaymentEvent,
  type PaymentRefusal,
} from '../domain/payment.ts';
import type { ErrorCode } from '../errors.ts';

/** Names of the tables and of `aggregate_type` in the outbox. */
export const AGGREGATE_TYPES = ['member', 'class', 'enrolment', 'attendance', 'payment'] as const;
export type AggregateType = (typeof AGGREGATE_TYPES)[number];

export interface Aggregate<State, Command, Event, Refusal extends string> {
  type: AggregateType;
  decide(state: State | null, command: Command, id: string): { events: Event[] } | { refused: Refusal };
  evolve(state: State | null, event: Event): State;
  refusals: Record<Refusal, ErrorCode>;
  /** What the caller gets to see of the new state. */
  answer(state: State): Record<string, unknown>;
}

export const member: Aggregate<Member, MemberCommand, MemberEvent, MemberRefusal> = {
  type: 'member',
  decide: decideMember,
  evolve: evolveMember,
  refusals: { exists: 'member.exists', unknown: 'member.unknown' },
  answer: ({ name, role }) => ({ name, role }),
};

export const class_: Aggregate<Class, ClassCommand, ClassEvent, ClassRefusal> = {
  type: 'class',
  decide: decideClass,
  evolve: evolveClass,
  refusals: { exists: 'class.exists', unknown: 'class.unknown', schedule: 'class.schedule' },
  answer: (state) => ({ ...state }),
};

export const enrolment: Aggregate<Enrolment, EnrolmentCommand, EnrolmentEvent, EnrolmentRefusal> = {
  type: 'enrolment',
  decide: decideEnrolment,
  evolve: evolveEnrolment,
  refusals: { exists: 'enrolment.exists', unknown: 'enrolment.unknown', withdrawn: 'enrolment.withdrawn' },
  answer: (state) => ({ ...state }),
};

export const attendance: Aggregate<Attendance, AttendanceCommand, AttendanceEvent, AttendanceRefusal> = {
  type: 'attendance',
  decide: decideAttendance,
  evolve: evolveAttendance,
  refusals: { exists: 'attendance.exists', unknown: 'attendance.unknown', confirmed: 'attendance.confirmed' },
  answer: ({ classId, studentId, date, status, mark }) => ({ classId, studentId, date, status, mark }),
};

export const payment: Aggregate<Payment, PaymentCommand, PaymentEvent, PaymentRefusal> = {
  type: 'payment',
  decide: decidePayment,
  evolve: evolvePayment,
  refusals: { exists: 'payment.exists', unknown: 'payment.unknown', refunded: 'payment.refunded' },
  answer: (state) => ({ ...state }),
};
