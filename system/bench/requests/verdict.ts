// The goal of the request benchmarks: close to the floor, and below every rival.
import { type BenchResult, judged } from '../result.ts';
import { FLOOR, OURS, RIVAL_ARMS } from './arms.ts';

const MOST_OF_FLOOR = 1.4;

/** @param figures milliseconds of CPU per request by arm */
export function againstFloorAndRivals(name: string, figures: Record<string, number[]>, notes: string[]): BenchResult {
  const { [OURS.name]: ours, ...rivals } = figures;
  return judged({
    name,
    unit: 'ms CPU per request',
    ours: ours!,
    rivals,
    goals: [
      { against: FLOOR.name, atMost: MOST_OF_FLOOR },
      ...RIVAL_ARMS.map((rival) => ({ against: rival.name, below: 1 })),
    ],
    notes,
  });
}
