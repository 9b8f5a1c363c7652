// How a command is carried out: decide on a state, store what was decided, decide again when somebody was faster.
import type pg from 'pg';
import type { Answers } from '../cache/answers.ts';
import { AmsError } from '../errors.ts';
import { type Accepted, answerAgain, withAnswers } from './accepted.ts';
import type { Aggregate } from './aggregates.ts';
import { type CommandContext, type Loaded, load, store } from './store.ts';

/** Decisions beyond the first that a command may take when rivals change the aggregate under it. */
export const MOST_RETRIES = 3;

export interface CommandParts {
  pool: pg.Pool;
  /** Called after a commit: events wait in the outbox. */
  hint: () => void;
  /** A faster memory of answers, which may forget: PostgreSQL keeps the promise. */
  answers?: Answers;
}

export interface Execution<State, Command, Event, Refusal extends string> {
  aggregate: Aggregate<State, Command, Event, Refusal>;
  id: string;
  command: Command;
  /** 201 creates: such a command first supposes that the aggregate does not exist yet, and so spares the reading. */
  status: Accepted['status'];
}

/**
 * A command acts at most once per key, also when it arrives twice at the same time.
 * @throws AmsError: a refusal of the domain or of a rule across aggregates, `idempotency.reused`, `write.conflict` after four lost
 *   races, `part.unavailable` (in which case the command may or may not have been stored: the same key gives the answer)
 */
export function execute<State extends object, Command, Event extends object, Refusal extends string>(
  parts: CommandParts,
  context: CommandContext,
  execution: Execution<State, Command, Event, Refusal>,
): Promise<Accepted> {
  return withAnswers(parts.answers, context, () => act(parts, context, execution));
}

async function act<State extends object, Command, Event extends object, Refusal extends string>(
  { pool, hint }: CommandParts,
  context: CommandContext,
  { aggregate, id, command, status }: Execution<State, Command, Event, Refusal>,
): Promise<Accepted> {
  const reload = () => load<State>(pool, aggregate.type, context, id);
  let current: Loaded<State> = status === 201 ? { version: 0, state: null, remembered: null } : await reload();
  for (let retries = 0; retries <= MOST_RETRIES; retries++) {
    if (current.remembered) return answerAgain(current.remembered);
    const decision = aggregate.decide(current.state, command, id);
    if ('refused' in decision) throw new AmsError(aggregate.refusals[decision.refused]);
    const state = decision.events.reduce<State | null>(aggregate.evolve, current.state);
    if (!state) throw new Error(`${aggregate.type}: a decision without events leaves nothing to store`);
    const version = current.version + decision.events.length;
    const data = { id, version, ...aggregate.answer(state) };
    const json = JSON.stringify(data);
    const stored = await store(pool, context, {
      aggregateType: aggregate.type,
      id,
      expectedVersion: current.version,
      state,
      events: decision.events,
      status,
      response: json,
    });
    if (stored.outcome === 'stored') {
      hint();
      return { id, version, status, replayed: false, data, json };
    }
    if (stored.outcome === 'replayed' || stored.outcome === 'reused') return answerAgain(stored);
    current = await reload();
    // Refused also when a twin of this request has just done it: then there is an answer by now.
    if (stored.outcome === 'refused' && !current.remembered) throw new AmsError(stored.code);
  }
  throw new AmsError('write.conflict');
}
