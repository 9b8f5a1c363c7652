// The rules of a member: a state and a command go in, events or a refusal come out.

export type Role = 'student' | 'parent' | 'teacher' | 'manager' | 'super_admin';

export interface Member {
  name: string;
  role: Role;
  phone: string | null;
  /** The member who hears of this one: a student's parent. */
  guardianId: string | null;
}

export type MemberCommand =
  | { type: 'EnrolMember'; name: string; role: Role; phone: string | null; guardianId: string | null }
  | { type: 'RenameMember'; name: string };

export type MemberEvent =
  | { type: 'MemberCreated'; data: { name: string; role: Role; phone: string | null; guardianId: string | null } }
  | { type: 'MemberUpdated'; data: { name: string } };

export type MemberRefusal = 'exists' | 'unknown';

/** What a command does to a member (`null`: there is none yet): its events, or why it may not. */
export function decideMember(
  member: Member | null,
  command: MemberCommand,
): { events: MemberEvent[] } | { refused: MemberRefusal } {
  switch (command.type) {
    case 'EnrolMember': {
      if (member) return { refused: 'exists' };
      const { name, role, phone, guardianId } = command;
      return { events: [{ type: 'MemberCreated', data: { name, role, phone, guardianId } }] };
    }
    case 'RenameMember':
      if (!member) return { refused: 'unknown' };
      return { events: [{ type: 'MemberUpdated', data: { name: command.name } }] };
  }
}

/** The member after an event. Throws when an event other than the first comes without a member. */
export function evolveMember(member: Member | null, event: MemberEvent): Member {
  if (event.type === 'MemberCreated') return { ...event.data };
  if (!member) throw new Error(`${event.type} before MemberCreated`);
  return { ...member, ...event.data };
}
