// npm run deadletters -- list | show ID | replay ID|--all | discard ID: what projections and notifications could not do, and what next.
import { type Db, MongoClient, MongoError } from 'mongodb';
import { type Command, type Context, type Outcome, usage } from '../../../cli/command.ts';
import { EXIT } from '../../../cli/exit.ts';
import { table } from '../../../cli/table.ts';
import { systemClock } from '../../clock.ts';
import { readMongodbUrl } from '../../config.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { failures } from './failures.ts';
import { deadLetters, type Letter, type Letters, type Replayed } from './letters.ts';

const WAIT_MS = 5000;
const HELP = 'npm run deadletters -- --help';

export const command: Command = {
  name: 'deadletters',
  summary: 'Shows the events that a projection or a notification could not carry out, replays or discards them.',
  words: '<list | show ID | replay ID | replay --all | discard ID>',
  options: {
    all: { type: 'boolean', help: 'with replay: every dead letter' },
    mongodb: { type: 'string', value: 'URL', help: 'the read model (default: MONGODB_URL)' },
  },
  examples: [
    { line: 'npm run deadletters -- list', does: 'all of them, the oldest first' },
    { line: 'npm run deadletters -- replay member-card/seoul/3f2a…/2', does: 'applies it and what waits behind it' },
    { line: 'npm run deadletters -- discard member-card/seoul/3f2a…/2', does: 'lets the aggregate go on without it' },
  ],
  async run(context) {
    const action = actionOf(context);
    const url = typeof context.options.mongodb === 'string' ? context.options.mongodb : urlOf();
    const client = new MongoClient(url, { serverSelectionTimeoutMS: WAIT_MS, connectTimeoutMS: WAIT_MS });
    context.signal.addEventListener('abort', () => void client.close());
    try {
      return await action(lettersIn(client.db()));
    } catch (error) {
      context.signal.throwIfAborted();
      if (error instanceof MongoError) throw failures.unreachable(error.message);
      throw error;
    } finally {
      await client.close();
    }
  },
};

function lettersIn(db: Db): Letters {
  return deadLetters({ db, clock: systemClock, metrics: createMetrics('worker', { version: 'cli', commit: 'cli' }) });
}

function urlOf(): string {
  try {
    return readMongodbUrl();
  } catch (error) {
    throw usage((error as Error).message, 'set MONGODB_URL or give --mongodb URL');
  }
}

/** What the words ask for; checked before anything is connected to. */
function actionOf({ words: [verb, id, ...more], options }: Context): (letters: Letters) => Promise<Outcome> {
  if (more.length > 0) throw usage(`one id at a time, not also "${more.join(' ')}"`, HELP);
  if (options.all && verb !== 'replay') throw usage('--all goes with replay only', HELP);
  if (verb === 'list' && id === undefined) return list;
  if (verb === 'replay' && options.all) {
    if (id !== undefined) throw usage('replay takes an id or --all, not both', HELP);
    return async (letters) => replayed(await letters.replayAll());
  }
  if (verb === 'show' || verb === 'replay' || verb === 'discard') {
    if (id === undefined) throw usage(`${verb} needs the id of a dead letter`, 'npm run deadletters -- list');
    if (verb === 'show') return (letters) => show(letters, id);
    if (verb === 'replay') return async (letters) => replayed([await letters.replay(id)]);
    return (letters) => discard(letters, id);
  }
  throw usage(`"${[verb, id].filter(Boolean).join(' ')}" is not list, show ID, replay ID or discard ID`, HELP);
}

async function list(letters: Letters): Promise<Outcome> {
  const all = await letters.list();
  const rows = all.map((letter) => [
    letter.id,
    letter.of,
    letter.type,
    attempts(letter),
    String(letter.parkedBehind),
    letter.firstAt.toISOString(),
    letter.reason,
  ]);
  const text =
    all.length === 0
      ? 'no dead letters'
      : `${table(['id', 'of', 'event', 'attempts', 'behind', 'since', 'reason'], rows)}\n\nnext: npm run deadletters -- show ${all[0]!.id}`;
  return { exitCode: EXIT.pass, data: { letters: all }, text };
}

async function show(letters: Letters, id: string): Promise<Outcome> {
  const letter = await letters.show(id);
  const text = [
    `${letter.id}: ${letter.type}, version ${letter.version} of ${letter.aggregateId}, tenant ${letter.tenantId}`,
    `reason    ${letter.reason}`,
    `attempts  ${attempts(letter)} (finished of started), first ${letter.firstAt.toISOString()}, last ${letter.lastAt.toISOString()}`,
    `behind it ${letter.parkedVersions.length === 0 ? 'nothing' : `versions ${letter.parkedVersions.join(', ')}`}`,
    `event     ${JSON.stringify(letter.event.data)}`,
    '',
    `next: npm run deadletters -- replay ${id}`,
  ].join('\n');
  return { exitCode: EXIT.pass, data: letter, text };
}

/** Exit code 2 when one is still dead: a script must not take it for done. */
function replayed(results: Replayed[]): Outcome {
  const dead = results.filter(({ outcome }) => outcome === 'still dead');
  if (dead.length > 0) {
    throw failures.stillDead(
      dead.map(({ id }) => id),
      dead[0]!.reason!,
    );
  }
  const text = results.map(({ id, outcome, events }) => `${id}: ${outcome}${events > 0 ? `, ${events} events` : ''}`);
  return { exitCode: EXIT.pass, data: { replayed: results }, text: text.join('\n') || 'no dead letters' };
}

async function discard(letters: Letters, id: string): Promise<Outcome> {
  const done = await letters.discard(id);
  return { exitCode: EXIT.pass, data: done, text: `${id}: discarded; ${done.events} events behind it were applied` };
}

function attempts({ startedAttempts, finishedAttempts }: Letter): string {
  return `${finishedAttempts}/${startedAttempts}`;
}
