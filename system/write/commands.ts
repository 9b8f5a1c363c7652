// The commands of AMS, as the HTTP side calls them: a context and a checked input in, what was accepted out.
import type pg from 'pg';
import type { Mark } from '../domain/attendance.ts';
import type { Role } from '../domain/member.ts';
import { attendance, member } from './aggregates.ts';
import { type Accepted, execute } from './execute.ts';
import type { CommandContext } from './store.ts';

export type { Accepted } from './execute.ts';
export type { CommandContext } from './store.ts';

type Handler<Input> = (context: CommandContext, input: Input) => Promise<Accepted>;

export interface CommandHandlers {
  enrolMember: Handler<{ id: string; name: string; role: Role; phone?: string | null | undefined }>;
  renameMember: Handler<{ id: string; name: string }>;
  requestAttendance: Handler<{ id: string; classId: string; studentId: string; date: string }>;
  confirmAttendance: Handler<{ id: string; mark: Mark }>;
}

/**
 * A creating command costs one round trip to PostgreSQL, the others two. Errors: see `execute`.
 * @param parts.hint called after a commit: events wait in the outbox
 */
export function commandHandlers(parts: { pool: pg.Pool; hint: () => void }): CommandHandlers {
  return {
    enrolMember: (context, { id, name, role, phone = null }) =>
      execute(parts, context, {
        aggregate: member,
        id,
        command: { type: 'EnrolMember', name, role, phone },
        creates: true,
      }),
    renameMember: (context, { id, name }) =>
      execute(parts, context, { aggregate: member, id, command: { type: 'RenameMember', name }, creates: false }),
    requestAttendance: (context, { id, classId, studentId, date }) =>
      execute(parts, context, {
        aggregate: attendance,
        id,
        command: { type: 'RequestAttendance', classId, studentId, date },
        creates: true,
      }),
    confirmAttendance: (context, { id, mark }) =>
      execute(parts, context, {
        aggregate: attendance,
        id,
        command: { type: 'ConfirmAttendance', mark },
        creates: false,
      }),
  };
}
