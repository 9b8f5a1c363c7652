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
  | { type: 'AttendanceConfirmed'; data: { mark: Mark; classId: string; studentId: string; date: string } };

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
      // The rest goes along so that a reader of this event alone knows which statistic it changes and whose parent to tell.
      const { classId, studentId, date } = attendance;
      return { events: [{ type: 'AttendanceConfirmed', data: { mark: command.mark, classId, studentId, date } }] };
    }
  }
}

/** The attendance after an event. Throws when a confirmation comes without a request. */
export function evolveAttendance(attendance: Attendance | null, event: AttendanceEvent): Attendance {
  if (event.type === 'AttendanceRequested') return { ...event.data, status: 'requested', mark: null };
  if (!attendance) throw new Error(`${event.type} before AttendanceRequested`);
  return { ...attendance, status: 'confirmed', mark: event.data.mark };
}

export interface CheckInEntry {
  id: string;
  studentId: string;
  mark: Mark;
}

/** A new attendance with the events that made it. */
export interface CheckedIn {
  id: string;
  state: Attendance;
  events: AttendanceEvent[];
}

/**
 * A teacher checks a class in: each entry becomes an attendance, requested and confirmed at once.
 * Refused as a whole when an id or a student is named twice; `entries` are the places in the list, from 0.
 */
export function checkIn(
  at: { classId: string; date: string },
  entries: CheckInEntry[],
): { made: CheckedIn[] } | { refused: 'twice'; entries: number[] } {
  const twice = [...repeated(entries.map(({ id }) => id)), ...repeated(entries.map(({ studentId }) => studentId))];
  if (twice.length > 0) return { refused: 'twice', entries: [...new Set(twice)].sort((a, b) => a - b) };
  const made = entries.map(({ id, studentId, mark }) => {
    const data = { ...at, studentId };
    const events: AttendanceEvent[] = [
      { type: 'AttendanceRequested', data },
      { type: 'AttendanceConfirmed', data: { mark, ...data } },
    ];
    return { id, state: events.reduce<Attendance | null>(evolveAttendance, null)!, events };
  });
  return { made };
}

/** Places of the values that stand in the list before. */
function repeated(values: string[]): number[] {
  return values.flatMap((value, place) => (values.indexOf(value) < place ? [place] : []));
}
