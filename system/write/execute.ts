// How a command is carried out: decide on a state, store what was decided, decide again when somebody was faster.
import type pg from 'pg';
import { AmsError } from '../errors.ts';
import type { Aggregate } from './aggregates.ts';
import { type CommandContext, type Loaded, load, type Remembered, store } from './store.ts';

/** Decisions beyond the first that a command may take when rivals change the aggregate under it. */
const MOST_RETRIES = 3;

export interface Accepted {
  id: string;
  /** Version of the aggregate after this command. */
  version: number;
  status: 200 | 201;
  /** True when the answer was kept from an earlier request with this key; nothing was done now. */
  replayed: boolean;
  /** The body: `{id, version, ...}`. */
  data: Record<string, unknown>;
}

export interface Execution<State, Command, Event, Refusal extends string> {
  aggregate: Aggregate<State, Command, Event, Refusal>;
  id: string;
  command: Command;
  /** A creating command first supposes that the aggregate does not exist yet, and so spares the reading. */
  creates: boolean;
}

/**
 * A command acts at most once per key, also when it arrives twice at the same time.
 * @throws AmsError: a refusal of the domain, `idempotency.reused`, `write.conflict` after four lost races, `part.unavailable`
 *   (in which case the command may or may not have been stored: the same key gives the answer)
 */
export async function execute<State extends object, Command, Event extends object, Refusal extends string>(
  { pool, hint }: { pool: pg.Pool; hint: () => void },
  context: CommandContext,
  { aggregate, id, command, creates }: Execution<State, Command, Event, Refusal>,
): Promise<Accepted> {
  const status = creates ? 201 : 200;
  const reload = () => load<State>(pool, aggregate, context, id);
  let current: Loaded<State> = creates ? { version: 0, state: null, remembered: null } : await reload();
  for (let retries = 0; retries <= MOST_RETRIES; retries++) {
    if (current.remembered) return answerAgain(current.remembered);
    const decision = aggregate.decide(current.state, command);
    if ('refused' in decision) throw new AmsError(aggregate.refusals[decision.refused]);
    const state = decision.events.reduce<State | null>(aggregate.evolve, current.state);
    if (!state) throw new Error(`${aggregate.type}: a decision without events leaves nothing to store`);
    const version = current.version + decision.events.length;
    const data = { id, version, ...aggregate.answer(state) };
    const stored = await store(pool, context, {
      aggregateType: aggregate.type,
      id,
      expectedVersion: current.version,
      state,
      events: decision.events,
      status,
      response: JSON.stringify(data),
    });
    if (stored.outcome === 'stored') {
      hint();
      return { id, version, status, replayed: false, data };
    }
    if (stored.outcome !== 'conflict') return answerAgain(stored);
    current = await reload();
  }
  throw new AmsError('write.conflict');
}

function answerAgain({ outcome, status, response }: Remembered): Accepted {
  if (outcome === 'reused') throw new AmsError('idempotency.reused');
  const data = response as Accepted['data'] & { id: string; version: number };
  return { id: data.id, version: data.version, status: status as 200 | 201, replayed: true, data };
}
