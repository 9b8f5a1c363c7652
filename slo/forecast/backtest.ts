// How often the interval of the forecast held: on series of known shapes, and at every earlier day of a real history. Pure.
import { seeded } from '../../loadtests/workload/random.ts';
import { furthestDays, MIN_DAYS, outlook } from './model.ts';
import { SHAPES } from './shapes.ts';

export interface Coverage {
  what: string;
  historyDays: number;
  aheadDays: number;
  forecasts: number;
  /** Share of them whose interval held what came. */
  inside: number;
  /** Share that came below its lower end. */
  below: number;
}

export const HISTORIES = [28, 56];
export const DISTANCES = [1, 3, 7, 14, 21];

/** Each shape, history and distance `rounds` times, with series of their own. */
export function backtestShapes(seed: number, rounds: number): Coverage[] {
  return Object.entries(SHAPES).flatMap(([what, shape]) =>
    HISTORIES.flatMap((historyDays) =>
      DISTANCES.filter((ahead) => ahead <= furthestDays(historyDays)).map((aheadDays) => {
        const random = seeded(`${seed}/${what} ${historyDays} ${aheadDays}`);
        const outcomes = Array.from({ length: rounds }, () => {
          const days = shape(random, historyDays + aheadDays);
          return outcomeAt(days, historyDays, aheadDays);
        });
        return { what, historyDays, aheadDays, ...shares(outcomes) };
      }),
    ),
  );
}

/** A history against itself: at each earlier day, with what was known then. */
export function backtestHistory(what: string, history: readonly number[]): Coverage[] {
  return DISTANCES.flatMap((aheadDays) => {
    const outcomes: Outcome[] = [];
    for (let origin = MIN_DAYS; origin + aheadDays <= history.length; origin++) {
      if (aheadDays <= furthestDays(origin)) outcomes.push(outcomeAt(history, origin, aheadDays));
    }
    return outcomes.length === 0 ? [] : [{ what, historyDays: history.length, aheadDays, ...shares(outcomes) }];
  });
}

type Outcome = 'below' | 'inside' | 'above';

function outcomeAt(days: readonly number[], origin: number, ahead: number): Outcome {
  const { low, high } = outlook(days.slice(0, origin), ahead)!.upTo.at(-1)!;
  const actual = days.slice(origin, origin + ahead).reduce((sum, each) => sum + each, 0);
  return actual < low ? 'below' : actual > high ? 'above' : 'inside';
}

function shares(outcomes: readonly Outcome[]) {
  const share = (outcome: Outcome) => outcomes.filter((each) => each === outcome).length / outcomes.length;
  return { forecasts: outcomes.length, inside: share('inside'), below: share('below') };
}
