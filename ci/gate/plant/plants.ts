// The slowdowns that can be planted in head from outside: the word after --plant made into a value, back into a word, and said in a sentence. Pure.
import { failures } from './failures.ts';

export type Plant =
  | { kind: 'delay'; ms: number }
  | { kind: 'cpu'; ms: number }
  | { kind: 'query'; count: number; on: 'postgres' | 'mongodb' }
  | { kind: 'alloc'; bytes: number }
  | { kind: 'noindex'; collection: string | null }
  | { kind: 'nocache' }
  | { kind: 'lock'; ms: number }
  | { kind: 'tail'; share: number; ms: number }
  | { kind: 'late'; ms: number; after: number };

export type PlantKind = Plant['kind'];

interface Form<P extends Plant> {
  /** What somebody would write. */
  example: string;
  does: string;
  pattern: RegExp;
  /** @param groups of the pattern */
  read(groups: (string | undefined)[]): P;
  word(plant: P): string;
  text(plant: P): string;
  /** The same, twice as hard; itself where there is no harder one. */
  harder(plant: P): P;
}

const MS = String.raw`(\d+(?:\.\d+)?)ms`;
const LONGEST_MS = 10_000;
const MOST_BYTES = 256 * 2 ** 20;
const UNITS: Record<string, number> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20 };

const FORMS: { [K in PlantKind]: Form<Extract<Plant, { kind: K }>> } = {
  delay: {
    example: 'delay:20ms',
    does: 'every request waits',
    pattern: new RegExp(`^${MS}$`),
    read: ([ms]) => ({ kind: 'delay', ms: Number(ms) }),
    word: ({ ms }) => `${ms}ms`,
    text: ({ ms }) => `every request waits ${ms} ms`,
    harder: (plant) => ({ ...plant, ms: plant.ms * 2 }),
  },
  cpu: {
    example: 'cpu:2ms',
    does: 'every request computes',
    pattern: new RegExp(`^${MS}$`),
    read: ([ms]) => ({ kind: 'cpu', ms: Number(ms) }),
    word: ({ ms }) => `${ms}ms`,
    text: ({ ms }) => `every request computes for ${ms} ms`,
    harder: (plant) => ({ ...plant, ms: plant.ms * 2 }),
  },
  query: {
    example: 'query:1',
    does: 'every request asks PostgreSQL once more (query:1:mongodb: MongoDB)',
    pattern: /^(\d+)(?::(postgres|mongodb))?$/,
    read: ([count, on = 'postgres']) => ({ kind: 'query', count: Number(count), on: on as 'postgres' | 'mongodb' }),
    word: ({ count, on }) => `${count}${on === 'postgres' ? '' : `:${on}`}`,
    text: ({ count, on }) =>
      `every request makes ${count} more ${on === 'postgres' ? 'SQL statement' : 'MongoDB find'}${count === 1 ? '' : 's'}`,
    harder: (plant) => ({ ...plant, count: plant.count * 2 }),
  },
  alloc: {
    example: 'alloc:256KiB',
    does: 'every request allocates so much on the heap',
    pattern: /^(\d+)(B|KiB|MiB)?$/,
    read: ([amount, unit = 'B']) => ({ kind: 'alloc', bytes: Number(amount) * UNITS[unit]! }),
    word: ({ bytes }) => `${bytes}B`,
    text: ({ bytes }) => `every request allocates ${bytes} bytes more`,
    harder: (plant) => ({ ...plant, bytes: plant.bytes * 2 }),
  },
  noindex: {
    example: 'noindex:payment',
    does: 'questions to this collection of MongoDB read all of it (noindex: to every one), but for those by _id',
    pattern: /^([\w.-]+)?$/,
    read: ([collection = null]) => ({ kind: 'noindex', collection }),
    word: ({ collection }) => collection ?? '',
    text: ({ collection }) => `MongoDB has lost the indexes of ${collection ?? 'every collection'}, but for _id`,
    harder: (plant) => ({ ...plant, collection: null }),
  },
  nocache: {
    example: 'nocache',
    does: 'no look-up in Redis finds anything',
    pattern: /^$/,
    read: () => ({ kind: 'nocache' }),
    word: () => '',
    text: () => 'no look-up in Redis finds anything',
    harder: (plant) => plant,
  },
  lock: {
    example: 'lock:10ms',
    does: 'every command (neither GET nor HEAD) holds one PostgreSQL lock for so long, one after another',
    pattern: new RegExp(`^${MS}$`),
    read: ([ms]) => ({ kind: 'lock', ms: Number(ms) }),
    word: ({ ms }) => `${ms}ms`,
    text: ({ ms }) => `every command holds one and the same lock for ${ms} ms`,
    harder: (plant) => ({ ...plant, ms: plant.ms * 2 }),
  },
  tail: {
    example: 'tail:5%:60ms',
    does: 'so many of the requests wait, the others do not',
    pattern: new RegExp(String.raw`^(\d+(?:\.\d+)?)%:${MS}$`),
    read: ([share, ms]) => ({ kind: 'tail', share: Number(share) / 100, ms: Number(ms) }),
    word: ({ share, ms }) => `${+(share * 100).toPrecision(12)}%:${ms}ms`,
    text: ({ share, ms }) => `${+(share * 100).toPrecision(12)} % of the requests wait ${ms} ms`,
    harder: (plant) => ({ ...plant, ms: plant.ms * 2 }),
  },
  late: {
    example: 'late:20ms:after=900',
    does: 'every request waits, but the first ones after each start do not',
    pattern: new RegExp(String.raw`^${MS}:after=(\d+)$`),
    read: ([ms, after]) => ({ kind: 'late', ms: Number(ms), after: Number(after) }),
    word: ({ ms, after }) => `${ms}ms:after=${after}`,
    text: ({ ms, after }) => `every request after the first ${after} of a start waits ${ms} ms`,
    harder: (plant) => ({ ...plant, ms: plant.ms * 2 }),
  },
};

const formOf = <P extends Plant>(plant: P) => FORMS[plant.kind] as unknown as Form<P>;

/** Reads `KIND:ARGUMENTS`. Throws a usage Failure that says what this kind, or which kinds, would be understood. */
export function readPlant(word: string): Plant {
  const [kind, ...rest] = word.split(':');
  if (!Object.hasOwn(FORMS, kind!)) throw failures.unknownPlant(word, Object.keys(FORMS));
  const form: Form<Plant> = FORMS[kind as PlantKind] as unknown as Form<Plant>;
  const match = form.pattern.exec(rest.join(':'));
  if (!match) throw failures.badPlant(word, form);
  const plant = form.read(match.slice(1));
  const isWithin =
    (!('ms' in plant) || (plant.ms > 0 && plant.ms <= LONGEST_MS)) &&
    (!('count' in plant) || (plant.count > 0 && plant.count <= 1000)) &&
    (!('bytes' in plant) || (plant.bytes > 0 && plant.bytes <= MOST_BYTES)) &&
    (!('share' in plant) || (plant.share > 0 && plant.share <= 1));
  if (!isWithin) throw failures.plantOutOfRange(word);
  return plant;
}

/** The word that `readPlant` reads as this plant. */
export function plantWord(plant: Plant): string {
  const rest = formOf(plant).word(plant);
  return rest === '' ? plant.kind : `${plant.kind}:${rest}`;
}

/** A sentence without its full stop, for reports. */
export const plantText = (plant: Plant): string => formOf(plant).text(plant);

/** For who has seen this one pass: the same kind, twice as hard where that has a meaning. */
export const harderPlant = (plant: Plant): Plant => formOf(plant).harder(plant);

/** For --help: of each kind what somebody would write, and what it does. */
export const PLANT_EXAMPLES: readonly { example: string; does: string }[] = Object.values(FORMS);
