// The rules of one attendance: a student asks for it, a teacher confirms it once. State and command in, events or a refusal out.

export type Mark = 'present' | 'late' | 'absent';

export interface Attendance {
  classId: string;
  studentId: string;
  /** Day of the class, `YYYY-MM-DD`. */
  date: string;
  status: 'requested' | 'confirmed';
  mark: Mark | null;
}

export type AttendanceCommand =
  | { type: 'RequestAttendance'; classId: string; studentId: string; date: string }
  | { type: 'ConfirmAttendance'; mark: Mark };

export type AttendanceEvent =
  | { type: 'AttendanceRequested'; data: { classId: string; studentId: string; date: string } }
  | { type: 'AttendanceConfirmed'; data: { mark: Mark; classId: string; date: string } };

export type AttendanceRefusal = 'exists' | 'unknown' | 'confirmed';

/** What a command does to an attendance (`null`: there is none yet): its events, or why it may not. */
export function decideAttendance(
  attendance: Attendance | null,
  command: AttendanceCommand,
): { events: AttendanceEvent[] } | { refused: AttendanceRefusal } {
  switch (command.type) {
    case 'RequestAttendance': {
      if (attendance) return { refused: 'exists' };
      const { classId, studentId, date } = command;
      return { events: [{ type: 'AttendanceRequested', data: { classId, studentId, date } }] };
    }
    case 'ConfirmAttendance': {
      if (!attendance) return { refused: 'unknown' };
      if (attendance.status === 'confirmed') return { refused: 'confirmed' };
      // Class and day go along so that a reader of this event alone knows which statistic it changes.
      const { classId, date } = attendance;
      return { events: [{ type: 'AttendanceConfirmed', data: { mark: command.mark, classId, date } }] };
    }
  }
}

/** The attendance after an event. Throws when a confirmation comes without a request. */
export function evolveAttendance(attendance: Attendance | null, event: AttendanceEvent): Attendance {
  if (event.type === 'AttendanceRequested') return { ...event.data, status: 'requested', mark: null };
  if (!attendance) throw new Error(`${event.type} before AttendanceRequested`);
  return { ...attendance, status: 'confirmed', mark: event.data.mark };
}
