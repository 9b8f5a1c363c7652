// How each aggregate of the domain is kept: its name in the outbox, its state's columns, its refusals as errors of the table, its answer.
import {
  type Attendance,
  type AttendanceCommand,
  type AttendanceEvent,
  type AttendanceRefusal,
  decideAttendance,
  evolveAttendance,
} from '../domain/attendance.ts';
import {
  decideMember,
  evolveMember,
  type Member,
  type MemberCommand,
  type MemberEvent,
  type MemberRefusal,
} from '../domain/member.ts';
import type { ErrorCode } from '../errors.ts';

export interface Aggregate<State, Command, Event, Refusal extends string> {
  /** Name of its table and its `aggregate_type` in the outbox. */
  type: 'member' | 'attendance';
  /** SQL that gives the state as JSON from a row called `a`. */
  stateSql: string;
  decide(state: State | null, command: Command): { events: Event[] } | { refused: Refusal };
  evolve(state: State | null, event: Event): State;
  refusals: Record<Refusal, ErrorCode>;
  /** What the caller gets to see of the new state. */
  answer(state: State): Record<string, unknown>;
}

export const member: Aggregate<Member, MemberCommand, MemberEvent, MemberRefusal> = {
  type: 'member',
  stateSql: `json_build_object('name', a.name, 'role', a.role, 'phone', a.phone)`,
  decide: decideMember,
  evolve: evolveMember,
  refusals: { exists: 'member.exists', unknown: 'member.unknown' },
  answer: ({ name, role }) => ({ name, role }),
};

export const attendance: Aggregate<Attendance, AttendanceCommand, AttendanceEvent, AttendanceRefusal> = {
  type: 'attendance',
  stateSql: `json_build_object('classId', a.class_id, 'studentId', a.student_id, 'date', a.date,
    'status', a.status, 'mark', a.mark)`,
  decide: decideAttendance,
  evolve: evolveAttendance,
  refusals: { exists: 'attendance.exists', unknown: 'attendance.unknown', confirmed: 'attendance.confirmed' },
  answer: ({ classId, studentId, date, status, mark }) => ({ classId, studentId, date, status, mark }),
};
