// Which differences of a gate are accepted on purpose: differences, entries and the day in; what holds, what fails and why out. Pure.
import type { Bound, Entry } from './entries.ts';

/** Something that head does otherwise than base, for the worse. */
export type Difference =
  /** `effect` as a ratio: 0.1 is 10 % more than base. */
  | { kind: 'metric'; metric: string; effect: number }
  /** One statement of one counter in one step; `base` and `head` per call of the step. */
  | { kind: 'counter'; counter: string; step: string; statement: string | null; base: number; head: number };

/** One entry of accepted.yaml and what became of it in this gate. */
export interface Accepted {
  entry: Entry;
  /**
   * `accepted`: every difference that it names is within its bound. `exceeded`: one is beyond it, and fails.
   * `ended`: the day is over, it allows nothing any more, and fails by itself. `unused`: it names no difference.
   */
  state: 'accepted' | 'exceeded' | 'ended' | 'unused';
  /** The differences that it names. */
  differences: Difference[];
  /** One sentence with place, what, how far, owner and day. */
  text: string;
}

export interface Acceptance {
  accepted: Accepted[];
  /** Differences that nothing allows: these fail the gate. */
  remaining: Difference[];
  /** Sentences that fail the gate: entries past their day, bounds exceeded. */
  failures: string[];
  /** Entries that end soon; what the others did stands in their own `text`. */
  notes: string[];
}

/** An entry is announced this many days before its last one. */
export const NOTICE_DAYS = 14;

/**
 * Splits the differences into accepted and remaining ones. An entry past its day fails whether it names a difference or
 * not: an exception that nobody has to renew never goes away.
 * @param today `YYYY-MM-DD`; the last day of an entry still counts
 */
export function accept(differences: readonly Difference[], entries: readonly Entry[], today: string): Acceptance {
  const accepted = entries.map((entry): Accepted => {
    const named = differences.filter((difference) => isNamed(difference, entry));
    const state = stateOf(entry, named, today);
    return { entry, state, differences: named, text: textOf(entry, state, named) };
  });
  const isAllowed = (difference: Difference) =>
    accepted.some(
      ({ entry, state, differences: named }) =>
        state !== 'ended' && named.includes(difference) && isWithin(difference, entry.bound),
    );
  return {
    accepted,
    remaining: differences.filter((difference) => !isAllowed(difference)),
    failures: accepted.filter(({ state }) => state === 'ended' || state === 'exceeded').map(({ text }) => text),
    notes: accepted
      .filter(({ entry, state }) => state !== 'ended' && daysBetween(today, entry.until) < NOTICE_DAYS)
      .map(({ entry }) => `${entry.place} ends after ${entry.until}: ask ${entry.owner}`),
  };
}

/** Whether an entry that holds today allows this difference. */
export function isAccepted(difference: Difference, entries: readonly Entry[], today: string): boolean {
  return accept([difference], entries, today).remaining.length === 0;
}

/** How much slower or dearer a metric may be by the entries that hold today, as a ratio; null when nothing is allowed. */
export function acceptedEffect(metric: string, entries: readonly Entry[], today: string): number | null {
  const held = entries.find((one) => one.what.kind === 'metric' && one.what.metric === metric && one.until >= today);
  return held?.bound.kind === 'ratio' ? held.bound.ratio : null;
}

function stateOf(entry: Entry, named: readonly Difference[], today: string): Accepted['state'] {
  if (entry.until < today) return 'ended';
  if (named.length === 0) return 'unused';
  return named.every((difference) => isWithin(difference, entry.bound)) ? 'accepted' : 'exceeded';
}

function isNamed(difference: Difference, { what }: Entry): boolean {
  if (what.kind === 'metric') return difference.kind === 'metric' && difference.metric === what.metric;
  if (difference.kind !== 'counter' || difference.counter !== what.counter) return false;
  if (what.step !== undefined && what.step !== difference.step) return false;
  return what.statement === undefined || plain(difference.statement ?? '').includes(plain(what.statement));
}

/** Statements are compared as their words: letter case and white space say nothing. */
const plain = (statement: string) => statement.toLowerCase().replace(/\s+/g, ' ').trim();

function isWithin(difference: Difference, bound: Bound): boolean {
  if (difference.kind === 'metric') return bound.kind === 'ratio' && difference.effect <= bound.ratio;
  const { base, head } = difference;
  // A share of nothing is nothing: what base never did needs a bound in numbers.
  return bound.kind === 'count' ? head - base <= bound.count : head <= base * (1 + bound.ratio);
}

const daysBetween = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 86_400_000;

function textOf(entry: Entry, state: Accepted['state'], named: readonly Difference[]): string {
  const who = `${entry.reason} (${entry.owner}, until ${entry.until})`;
  const what = `${nameOf(entry)} by up to ${boundText(entry.bound)}`;
  const seen = named.map(seenText).join(', ');
  switch (state) {
    case 'accepted':
      return `${entry.place} accepts ${what}, seen ${seen}: ${who}`;
    case 'exceeded':
      return `${entry.place} accepts ${what}, but there is ${seen}: ${who}`;
    case 'ended':
      return `${entry.place} accepted ${what} until ${entry.until}, which is over${seen && `; there is ${seen}`}: ask ${entry.owner}, then take it away or agree on a new day`;
    case 'unused':
      return `${entry.place} accepts ${what}, which differs no more: it can be taken away`;
  }
}

function nameOf({ what }: Entry): string {
  if (what.kind === 'metric') return what.metric;
  const statement = what.statement === undefined ? '' : ` of "${what.statement}"`;
  return `${what.counter}${statement}${what.step === undefined ? '' : ` in ${what.step}`}`;
}

const boundText = (bound: Bound) =>
  bound.kind === 'count' ? `+${bound.count}` : `+${+(bound.ratio * 100).toFixed(2)} %`;

function seenText(difference: Difference): string {
  if (difference.kind === 'metric') return `${difference.metric} +${(difference.effect * 100).toFixed(1)} %`;
  return `${difference.counter} in ${difference.step} ${difference.base} -> ${difference.head}`;
}
