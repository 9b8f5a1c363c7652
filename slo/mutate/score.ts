// The committed result of the last whole run: which share of the mistakes the rule tests find, and proof of what it is about.
import { createHash } from 'node:crypto';
import type { GeneratedFile } from '../compile/files.ts';
import { KINDS, type Kind } from './mutants.ts';
import type { Fate } from './run.ts';

export const MIN_KILLED = 0.95;

export interface Tally {
  mutants: number;
  killed: number;
  /** Proven to change nothing; they are no part of the score. */
  equivalent: number;
}

export interface Score extends Tally {
  /** Of all that are not proven equivalent, 0 to 1. */
  killedRatio: number;
  byKind: Record<Kind, Tally>;
  survivors: string[];
}

/** The result with where it comes from, as it stands in score.json. */
export interface SavedScore extends Score {
  /** Of the rules, their tests and the mutants: while it is the same, so is the result. */
  about: string;
  commit: string;
  date: string;
  machine: string;
  promtool: string;
  minutes: number;
}

export function scoreOf(fates: readonly Fate[]): Score {
  const byKind = Object.fromEntries(
    KINDS.map((kind) => [kind, tally(fates.filter((fate) => fate.kind === kind))]),
  ) as Record<Kind, Tally>;
  const all = tally(fates);
  return {
    ...all,
    killedRatio: all.killed / (all.mutants - all.equivalent),
    byKind,
    survivors: fates.filter(({ killed, equivalent }) => !killed && equivalent === undefined).map(({ what }) => what),
  };
}

const tally = (fates: readonly Fate[]): Tally => ({
  mutants: fates.length,
  killed: fates.filter(({ killed }) => killed).length,
  equivalent: fates.filter(({ equivalent }) => equivalent !== undefined).length,
});

/** A fingerprint of what a result is about: rules and their tests, and what is changed in them. */
export function fingerprint(files: readonly GeneratedFile[], mutants: readonly { what: string }[]): string {
  const hash = createHash('sha256');
  for (const { name, text } of files) if (name.endsWith('.yaml')) hash.update(`${name}\n${text}\n`);
  for (const { what } of mutants) hash.update(`${what}\n`);
  return hash.digest('hex').slice(0, 16);
}
