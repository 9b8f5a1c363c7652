// The rules of a class: who teaches it, when it meets, how many it takes. State and command in, events or a refusal out.

/** One lesson of the week. */
export interface Lesson {
  /** 1 Monday ... 7 Sunday (ISO 8601). */
  weekday: number;
  /** `HH:MM`, on the academy's clock. */
  startsAt: string;
  endsAt: string;
}

export interface Class {
  name: string;
  teacherId: string;
  /** Most students enrolled at once. Lowering it sends nobody away: it only takes nobody in until places are free. */
  capacity: number;
  schedule: Lesson[];
}

export type ClassCommand = ({ type: 'CreateClass' } & Class) | ({ type: 'UpdateClass' } & Partial<Class>);

/** Both carry the whole state, so that a reader needs no earlier event. */
export type ClassEvent = { type: 'ClassCreated'; data: Class } | { type: 'ClassUpdated'; data: Class };

export type ClassRefusal = 'exists' | 'unknown' | 'schedule';

/** What a command does to a class (`null`: there is none yet): its events, or why it may not. */
export function decideClass(
  class_: Class | null,
  command: ClassCommand,
): { events: ClassEvent[] } | { refused: ClassRefusal } {
  const { type, ...asked } = command;
  if (type === 'CreateClass' && class_) return { refused: 'exists' };
  if (type === 'UpdateClass' && !class_) return { refused: 'unknown' };
  const { name, teacherId, capacity, schedule } = { ...class_, ...asked } as Class;
  if (!isPossible(schedule)) return { refused: 'schedule' };
  const data = { name, teacherId, capacity, schedule };
  return { events: [type === 'CreateClass' ? { type: 'ClassCreated', data } : { type: 'ClassUpdated', data }] };
}

/** The class after an event. */
export function evolveClass(_class: Class | null, event: ClassEvent): Class {
  return { ...event.data };
}

/** Every lesson ends after it starts, and no two of a day overlap. `HH:MM` compares as text. */
function isPossible(schedule: Lesson[]): boolean {
  return schedule.every(
    (lesson, at) =>
      lesson.startsAt < lesson.endsAt &&
      schedule
        .slice(at + 1)
        .every(
          (other) =>
            other.weekday !== lesson.weekday || other.endsAt <= lesson.startsAt || lesson.endsAt <= other.startsAt,
        ),
  );
}
