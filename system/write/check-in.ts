// The bulk command: a teacher checks a class in. Many attendances, one transaction, one round trip, all of them or none.
import { type CheckInEntry, checkIn } from '../domain/attendance.ts';
import { AmsError } from '../errors.ts';
import { type Accepted, answerAgain, withAnswers } from './accepted.ts';
import { type CommandParts, MOST_RETRIES } from './execute.ts';
import { type CommandContext, recall, storeNew } from './store.ts';

export interface CheckIn {
  classId: string;
  /** Day of the class, `YYYY-MM-DD`. */
  date: string;
  entries: CheckInEntry[];
}

const STATUS = 201;

/**
 * @returns `data: {id, version, entries: [{id, version}]}` with the class as `id` and 0 as `version`: the class itself does not change
 * @throws AmsError as `execute`; `request.invalid` for an id or a student named twice, `attendance.exists` for ids that are taken; both
 *   name the entries by their places, from 0
 */
export function executeCheckIn(parts: CommandParts, context: CommandContext, input: CheckIn): Promise<Accepted> {
  return withAnswers(parts.answers, context, () => act(parts, context, input));
}

async function act(
  { pool, hint }: CommandParts,
  context: CommandContext,
  { classId, date, entries }: CheckIn,
): Promise<Accepted> {
  const decision = checkIn({ classId, date }, entries);
  if ('refused' in decision) throw new AmsError('request.invalid', `named twice: ${places(decision.entries)}`);
  const data = {
    id: classId,
    version: 0,
    entries: decision.made.map(({ id, events }) => ({ id, version: events.length })),
  };
  const made = decision.made.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const json = JSON.stringify(data);
  const change = { aggregateType: 'attendance', made, status: STATUS, response: json } as const;
  for (let retries = 0; retries <= MOST_RETRIES; retries++) {
    const stored = await storeNew(pool, context, change);
    if (stored.outcome === 'stored') {
      hint();
      return { id: classId, version: 0, status: STATUS, replayed: false, data, json };
    }
    if (stored.outcome === 'replayed' || stored.outcome === 'reused') return answerAgain(stored);
    // Taken also when a twin of this request has just made them: then there is an answer by now.
    const remembered = await recall(pool, context);
    if (remembered) return answerAgain(remembered);
    if (stored.outcome === 'taken') {
      const taken = entries.flatMap(({ id }, place) => (stored.ids.includes(id) ? [place] : []));
      throw new AmsError('attendance.exists', places(taken));
    }
  }
  throw new AmsError('write.conflict');
}

function places(entries: number[]): string {
  return entries.map((place) => `entries.${place}`).join(', ');
}
