// The whole table: objectives, rates and faults in, one row for each case and maker of rules out. The same seed, the same rows.
import type { Objective } from '../objectives/read.ts';
import { predictedPageMinutes } from './closed-form.ts';
import { type Detection, detect } from './detect.ts';
import { type Fault, faultText } from './fault.ts';
import { type Quiet, quietMonths } from './quiet.ts';
import { MAKERS, type Maker, type RuleSet, ruleSet } from './rule-set.ts';
import type { Pause } from './run.ts';
import type { Arrivals } from './traffic.ts';

/** From this rate on a twentieth of the months is enough: false pages come of few requests. */
const MANY_PER_SECOND = 1;
const FEWER_MONTHS = 20;

export interface Plan {
  seed: number;
  /** Days of the month, for our thresholds. */
  monthDays: number;
  months: number;
  trials: number;
  ratesPerSecond: number[];
  arrivals: Arrivals[];
  burns: number[];
  faults: Fault[];
  /** Over how many series that are not there yet the bad events of a fault spread (see traffic.ts). */
  newSeries?: number;
}

/** Objectives whose indicator, target and policy are the same: what is true of one is true of all. */
export interface Alike {
  objectives: string[];
  target: number;
  counts: 'slices' | 'bad events' | 'good events';
  rules: RuleSet[];
}

interface Row {
  /** Names of the objectives that it is about. */
  objectives: string[];
  maker: Maker;
  /** Null for slices of time: they come whether there are requests or not. */
  ratePerSecond: number | null;
  arrivals: Arrivals;
}

export interface QuietRow extends Row, Quiet {
  burn: number;
  months: number;
}

export interface FaultRow extends Row, Detection {
  fault: string;
  /** By formula, for many events and without waits for scrape and evaluation. */
  predictedPageMinutes: number | null;
}

export interface Table {
  alike: Alike[];
  quiet: QuietRow[];
  faults: FaultRow[];
}

/** @param tick says what is being simulated @param pause throws when the work is to end */
export async function simulate(
  objectives: readonly Objective[],
  plan: Plan,
  tick: (what: string) => void,
  pause: Pause,
): Promise<Table> {
  const table: Table = { alike: [], quiet: [], faults: [] };
  for (const alike of alikeOf(objectives, plan.monthDays)) {
    table.alike.push(alike);
    const objective = objectives.find(({ name }) => name === alike.objectives[0])!;
    const sliced = objective.source.kind === 'slices';
    for (const rate of sliced ? [null] : plan.ratesPerSecond) {
      for (const arrivals of sliced ? plan.arrivals.slice(0, 1) : plan.arrivals) {
        tick(`${alike.objectives.join(', ')}: ${rate === null ? 'slices' : `${rate}/s ${arrivals}`}`);
        const row = { objectives: alike.objectives, ratePerSecond: rate, arrivals };
        const of = { objective, ratePerSecond: rate ?? 0, arrivals };
        const born = plan.newSeries === undefined ? {} : { newSeries: plan.newSeries };
        const months = rate !== null && rate < MANY_PER_SECOND ? plan.months : Math.ceil(plan.months / FEWER_MONTHS);
        for (const burn of plan.burns) {
          const found = await quietMonths({ ...of, burn }, alike.rules, months, plan.seed, pause);
          table.quiet.push(...found.map((quiet, n) => ({ ...row, maker: MAKERS[n]!, burn, months, ...quiet })));
        }
        if (arrivals !== plan.arrivals[0]) continue;
        for (const fault of plan.faults) {
          const found = await detect({ ...of, ...born, fault }, alike.rules, plan.trials, plan.seed, pause);
          table.faults.push(
            ...found.map((detection, n) => ({
              ...row,
              maker: MAKERS[n]!,
              fault: faultText(fault),
              predictedPageMinutes: predictedPageMinutes(alike.rules[n]!, fault),
              ...detection,
            })),
          );
        }
      }
    }
  }
  return table;
}

/** In the order of the objectives; the first name of a group is the one that is simulated. */
export function alikeOf(objectives: readonly Objective[], monthDays: number): Alike[] {
  const groups = new Map<string, Alike>();
  for (const objective of objectives) {
    const { name, target, source } = objective;
    const rules = MAKERS.map((maker) => ruleSet(maker, objective, monthDays));
    const counts = source.kind === 'slices' ? 'slices' : source.bad ? 'bad events' : 'good events';
    const key = JSON.stringify([target, counts, rules]);
    const known = groups.get(key);
    if (known) known.objectives.push(name);
    else groups.set(key, { objectives: [name], target, counts, rules });
  }
  return [...groups.values()];
}
