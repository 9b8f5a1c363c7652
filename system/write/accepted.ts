// What an accepted command gives back, and giving it again when the same request comes again.
import type { Answers } from '../cache/answers.ts';
import { AmsError } from '../errors.ts';
import type { CommandContext, Remembered } from './store.ts';

export interface Accepted {
  id: string;
  /** Version of the aggregate after this command; 0 when it made many. */
  version: number;
  status: 200 | 201 | 204;
  /** True when the answer was kept from an earlier request with this key; nothing was done now. */
  replayed: boolean;
  /** The body: `{id, version, ...}`. */
  data: Record<string, unknown>;
  /** The same as JSON text: written once for the database, the memory of answers and the caller. */
  json: string;
}

/** @throws AmsError idempotency.reused */
export function answerAgain({ outcome, status, response }: Remembered): Accepted {
  if (outcome === 'reused') throw new AmsError('idempotency.reused');
  const data = response as Accepted['data'] & { id: string; version: number };
  const { id, version } = data;
  return { id, version, status: status as Accepted['status'], replayed: true, data, json: JSON.stringify(data) };
}

/**
 * Acts, with a faster memory of answers round it that may forget: PostgreSQL keeps the promise. The memory is asked before, and again
 * when PostgreSQL is away: whoever repeats a request that was accepted is answered even then.
 */
export async function withAnswers(
  answers: Answers | undefined,
  context: CommandContext,
  act: () => Promise<Accepted>,
): Promise<Accepted> {
  if (!answers) return act();
  const asking = answers.recall(context);
  const known = asking && (await asking);
  if (known) return answerAgain(known);
  try {
    const accepted = await act();
    if (!accepted.replayed) answers.remember(context, accepted);
    return accepted;
  } catch (error) {
    const isAway = error instanceof AmsError && error.code === 'part.unavailable';
    const kept = isAway ? await answers.recall(context) : null;
    if (kept) return answerAgain(kept);
    throw error;
  }
}
