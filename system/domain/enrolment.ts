// The rules of one enrolment: a student joins a class once and may leave it. State and command in, events or a refusal out.
// Across aggregates (a free place, once per class) the database decides: `take_place` and `enrolment_once` in 0001_write_model.sql.

export interface Enrolment {
  classId: string;
  studentId: string;
  status: 'active' | 'withdrawn';
}

export type EnrolmentCommand =
  | { type: 'EnrolStudent'; classId: string; studentId: string }
  | { type: 'WithdrawStudent' };

export type EnrolmentEvent =
  | { type: 'StudentEnrolled'; data: { classId: string; studentId: string } }
  | { type: 'StudentWithdrawn'; data: { classId: string; studentId: string } };

export type EnrolmentRefusal = 'exists' | 'unknown' | 'withdrawn';

/** What a command does to an enrolment (`null`: there is none yet): its events, or why it may not. */
export function decideEnrolment(
  enrolment: Enrolment | null,
  command: EnrolmentCommand,
): { events: EnrolmentEvent[] } | { refused: EnrolmentRefusal } {
  switch (command.type) {
    case 'EnrolStudent': {
      if (enrolment) return { refused: 'exists' };
      const { classId, studentId } = command;
      return { events: [{ type: 'StudentEnrolled', data: { classId, studentId } }] };
    }
    case 'WithdrawStudent': {
      if (!enrolment) return { refused: 'unknown' };
      if (enrolment.status === 'withdrawn') return { refused: 'withdrawn' };
      const { classId, studentId } = enrolment;
      return { events: [{ type: 'StudentWithdrawn', data: { classId, studentId } }] };
    }
  }
}

/** The enrolment after an event. */
export function evolveEnrolment(_enrolment: Enrolment | null, event: EnrolmentEvent): Enrolment {
  return { ...event.data, status: event.type === 'StudentEnrolled' ? 'active' : 'withdrawn' };
}
