// One stretch of simulated time: an objective, its traffic and a seed in, what Prometheus saw of it at each evaluation out.
import { seeded } from '../../loadtests/workload/random.ts';
import type { Objective } from '../objectives/read.ts';
import { type Grid, probe, type Scenario, scrape } from './traffic.ts';
import { countedWindows, slicedWindows, type Windows } from './windows.ts';

/** How often Prometheus scrapes: the slower of what is usual, and what the slices of `availability` are made for. */
export const SCRAPE_MS = 15_000;

/** Called between stretches, so that Ctrl-C is heard: throws when it was pressed. */
export type Pause = () => Promise<void>;

export interface Stretch {
  objective: Objective;
  scenario: Scenario;
  seconds: number;
  /** Names the stream of random numbers: the same name gives the same stretch. */
  seed: string;
}

export interface Seen {
  windows(everyMs: number): Windows;
  /** Moments of evaluation in a part of the stretch, from its own phase on. */
  evaluations(everyMs: number, fromMs?: number, toMs?: number): Grid;
}

/**
 * Scrapes and evaluations have phases of their own, as Prometheus gives every target and every group an offset by its hash
 * (scrape/target.go, rules/group.go): both are drawn, so that a fault meets them at any moment.
 */
export function play({ objective, scenario, seconds, seed }: Stretch): Seen {
  const random = seeded(seed);
  const scrapePhase = Math.floor(random() * SCRAPE_MS);
  const evaluationPhase = random();
  const grid = {
    firstMs: scrapePhase,
    everyMs: SCRAPE_MS,
    count: Math.floor((seconds * 1000 - scrapePhase) / SCRAPE_MS),
  };
  const evaluations = (everyMs: number, fromMs = 0, toMs = seconds * 1000): Grid => {
    const phase = Math.floor(evaluationPhase * everyMs);
    const first = Math.max(0, Math.ceil((fromMs - phase) / everyMs));
    const count = Math.max(0, Math.ceil((toMs - phase) / everyMs) - first);
    return { firstMs: phase + first * everyMs, everyMs, count };
  };
  const { source } = objective;
  if (source.kind === 'slices') {
    const down = probe(random, scenario, grid);
    return { evaluations, windows: (everyMs) => slicedWindows(down, grid, evaluations(everyMs)) };
  }
  const windows = countedWindows(scrape(random, scenario, grid), source.bad ? 'bad' : 'good');
  return { evaluations, windows: () => windows };
}
