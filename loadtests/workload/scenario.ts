// What a scenario is, and the draw that it makes of a model: phases with their rates in requests per second. Pure.
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';
import type { PhaseLimit } from '../run/phase-limits.ts';
import type { ArrivalKind } from './arrivals.ts';
import type { Draw, DrawnPhase } from './draw.ts';
import type { PhaseKind } from './plan.ts';

/** Multiples of the average rate; `peak` is the model's peak factor. */
export type Rate = number | 'average' | 'peak';

export interface ScenarioPhase {
  name: string;
  kind: PhaseKind;
  /** Not with `day`, which has a length of its own. */
  seconds?: number;
  /** One rate from beginning to end. */
  rate?: Rate;
  /** A straight line between two rates. */
  from?: Rate;
  to?: Rate;
  /** The same phase again and again with a rising rate: from, by so much more each time, up to `to`. */
  rise?: { from: Rate; by: number; to: Rate };
  /** A part of the day, from and to as `HH:MM`, so many times faster than the clock. */
  day?: { from: string; to: string; speed: number };
}

export interface Scenario {
  /** One line that says what it is for. */
  about?: string;
  phases: ScenarioPhase[];
  arrivals?: ArrivalKind;
  /** Crossing a limit is what the run is for; no failure. */
  findsLimit?: true;
  /** What is demanded of its phases. */
  limits?: PhaseLimit[];
  /** The run ends with the first phase of kind `hold` in which an objective is missed. */
  stopWhenMissed?: true;
}

/** A warm-up and a hold, in short. */
export interface ShortScenario {
  rate: Rate;
  seconds: number;
  warmUpSeconds: number;
}

/** What a scenario asks of a workload model; `dayCurve` is absent where the model knows no day. */
export interface RateModel {
  averageRatePerSecond: number;
  peakFactor: number;
  scenarios: Record<string, Scenario | ShortScenario>;
  /** The day's shape: multiples of the average rate by minute of the day, ascending from 0 to 1440. */
  dayCurve?: { minute: number; times: number }[];
}

/**
 * The draw of a named scenario. Throws `scenario.unknown` with the names that there are, and `scenario.no-day` for a part
 * of the day of a model that has none.
 */
export function scenarioDraw(model: RateModel, name: string, seed: number): Draw {
  const found = Object.hasOwn(model.scenarios, name) ? model.scenarios[name] : undefined;
  if (!found) {
    const names = Object.keys(model.scenarios).join(', ');
    throw new Failure('scenario.unknown', `there is no scenario "${name}"`, `one of: ${names}`, EXIT.usage);
  }
  const scenario = 'phases' in found ? found : inFull(found);
  const phases: DrawnPhase[] = [];
  let atMs = 0;
  for (const asked of scenario.phases) {
    for (const one of risen(asked, model)) {
      const phase = drawn(one, model, atMs, name);
      phases.push(phase);
      atMs = phase.toMs;
    }
  }
  const { arrivals, findsLimit, stopWhenMissed } = scenario;
  return {
    ratePerSecond: highest(phases.filter(({ kind }) => kind !== 'warm-up')),
    durationMs: atMs,
    warmUpMs: warmUpOf(phases),
    seed,
    phases,
    ...(arrivals && { arrivals }),
    ...(findsLimit && { findsLimit }),
    ...(stopWhenMissed && { stopWhenMissed }),
  };
}

const inFull = ({ rate, seconds, warmUpSeconds }: ShortScenario): Scenario => ({
  phases: [
    ...(warmUpSeconds > 0 ? [{ name: 'warm-up', kind: 'warm-up', rate, seconds: warmUpSeconds } as const] : []),
    { name: 'hold', kind: 'hold', rate, seconds },
  ],
});

/** A phase that rises is one phase for each of its rates, named after its rate. */
function risen({ rise, ...phase }: ScenarioPhase, model: RateModel): ScenarioPhase[] {
  if (!rise) return [phase];
  const [from, to] = [timesOf(rise.from, model), timesOf(rise.to, model)];
  const count = Math.floor((to - from) / rise.by + 1e-9) + 1;
  return Array.from({ length: count }, (_, n) => {
    const rate = from + n * rise.by;
    return { ...phase, name: `${phase.name} ${+(rate * model.averageRatePerSecond).toFixed(1)}/s`, rate };
  });
}

function drawn(asked: ScenarioPhase, model: RateModel, fromMs: number, scenario: string): DrawnPhase {
  const { name, kind, day } = asked;
  if (day) {
    const { fromMinute, points, lengthMs } = partOfDay(day, model, scenario);
    const rates = points.map(({ ms, times }) => ({
      atMs: fromMs + ms,
      ratePerSecond: times * model.averageRatePerSecond,
    }));
    const minutesPerSecond = day.speed / 60;
    return { name, kind, fromMs, toMs: fromMs + lengthMs, rates, day: { fromMinute, minutesPerSecond } };
  }
  const toMs = fromMs + asked.seconds! * 1000;
  const ends = [asked.rate ?? asked.from!, asked.rate ?? asked.to!];
  const rates = ends.map((rate, end) => ({
    atMs: end === 0 ? fromMs : toMs,
    ratePerSecond: timesOf(rate, model) * model.averageRatePerSecond,
  }));
  return { name, kind, fromMs, toMs, rates };
}

function partOfDay(day: NonNullable<ScenarioPhase['day']>, model: RateModel, scenario: string) {
  if (!model.dayCurve) {
    const hint = 'give the workload file a day, or take another scenario';
    throw new Failure(
      'scenario.no-day',
      `${scenario} plays a part of the day, and the workload has none`,
      hint,
      EXIT.usage,
    );
  }
  const [fromMinute, toMinute] = [minuteOf(day.from), minuteOf(day.to)];
  const timesAt = (minute: number) => {
    const next = model.dayCurve!.findIndex((point) => point.minute > minute);
    if (next < 0) return model.dayCurve![model.dayCurve!.length - 1]!.times;
    const [a, b] = [model.dayCurve![next - 1]!, model.dayCurve![next]!];
    return a.times + ((minute - a.minute) / (b.minute - a.minute)) * (b.times - a.times);
  };
  const inside = model.dayCurve
    .map(({ minute }) => minute)
    .filter((minute) => minute > fromMinute && minute < toMinute);
  const msOf = (minute: number) => ((minute - fromMinute) * 60_000) / day.speed;
  const points = [fromMinute, ...inside, toMinute].map((minute) => ({ ms: msOf(minute), times: timesAt(minute) }));
  return { fromMinute, points, lengthMs: msOf(toMinute) };
}

/** Minute of the day of `HH:MM`, 24:00 too. */
export const minuteOf = (time: string): number => {
  const [hours, minutes] = time.split(':').map(Number) as [number, number];
  return hours * 60 + minutes;
};

function timesOf(rate: Rate, model: RateModel): number {
  if (rate === 'average') return 1;
  return rate === 'peak' ? model.peakFactor : rate;
}

const highest = (phases: DrawnPhase[]) =>
  Math.max(...phases.flatMap(({ rates }) => rates.map(({ ratePerSecond }) => ratePerSecond)));

const warmUpOf = (phases: DrawnPhase[]) => phases.findLast(({ kind }) => kind === 'warm-up')?.toMs ?? 0;
