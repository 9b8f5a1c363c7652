// Recorded pairs through the rivals: each pair is one case, so nothing is recombined. Pure.
import { seeded } from '../../loadtests/workload/random.ts';
import type { TurnSamples } from '../gate/stalls.ts';
import { HISTORY_RUNS } from './defaults.ts';
import { blocksOf } from './draw.ts';
import { clopperPearson, type Share } from './intervals.ts';
import type { Recorded } from './recording.ts';
import { type Given, quantile7, type Rival, type Run } from './rivals.ts';

/** A case that a rival judges, with what it may compare it with. */
export type Case = Given;

/** One arm as a load tool would report it. A request without an answer took the time-out. */
export function runOf(turn: TurnSamples): Run {
  const times = turn.samples.map(({ status, serviceMs }) => (status === 0 ? turn.timeoutMs : serviceMs));
  const failed = turn.samples.filter(({ status }) => status === 0 || status >= 400).length;
  const missing = Math.max(0, turn.planned - turn.samples.length);
  const serviceMs = [...times, ...Array<number>(missing).fill(turn.timeoutMs)].sort((a, b) => a - b);
  return { serviceMs, p95Ms: quantile7(serviceMs, 0.95), errorRatio: (failed + missing) / Math.max(1, turn.planned) };
}

/**
 * Cases of some recorded pairs. The turn before is the base of the pair that was recorded before it, whatever was planted
 * in that pair's head; of the first pair it is that of the second. The history is drawn from all bases, block by block.
 * @param all every trusted pair under the same neighbours, in the order of recording
 * @param cases those to be judged, by their place in `all`
 */
export function casesOf(
  all: readonly Recorded[],
  cases: readonly { at: number; head: TurnSamples }[],
  options: { seed: number; blockPairs: number },
): Case[] {
  const bases = all.map(({ samples }) => runOf(samples.base));
  return cases.map(({ at, head }) => {
    const next = blocksOf(bases, options.blockPairs, seeded(`${options.seed}/history/${at}`));
    return {
      head: runOf(head),
      base: bases[at]!,
      previous: bases[at === 0 ? Math.min(1, bases.length - 1) : at - 1]!,
      history: Array.from({ length: HISTORY_RUNS }, next),
    };
  });
}

/** How many of the cases a rival blocks. */
export function blockedBy(rival: Rival, cases: readonly Case[]): Share {
  return clopperPearson(cases.filter((one) => rival.score(one) > rival.limit(one)).length, cases.length);
}

/**
 * How often a rival blocks equal builds when its limit is moved until it finds a slowdown as often as another rule does.
 * The limit is the largest with which it does.
 * @param detection share to reach
 */
export function atEqualDetection(
  rival: Rival,
  detection: number,
  slower: readonly Case[],
  equal: readonly Case[],
): { limit: number; found: Share; falseBlocks: Share } {
  const scores = slower.map((one) => rival.score(one)).sort((a, b) => b - a);
  const needed = Math.max(1, Math.ceil(detection * scores.length - 1e-9));
  const limit = scores[needed - 1]!;
  const reaching = (cases: readonly Case[]) =>
    clopperPearson(cases.filter((one) => rival.score(one) >= limit).length, cases.length);
  return { limit, found: reaching(slower), falseBlocks: reaching(equal) };
}
