// The shape of a day: how much is asked at each minute, and by whom. Hours and bursts in, curves whose mean over the day is 1 out. Pure.
import type { Journey } from './journeys.ts';

export interface DayModel {
  /** Relative rates at the full hours 0 to 23, a straight line between them; only their ratios count. */
  hours: readonly number[];
  /** Full hours at which lessons begin: the bursts of the journeys lie around them. */
  lessons: readonly number[];
}

export interface Day {
  /** Requests as multiples of the average rate, at each minute from 0 to 1440; in between a straight line. */
  curve: { minute: number; times: number }[];
  /** How often each journey is begun at a minute, in the order of the journeys: over the day in the mean its weight. */
  weightsAt(minute: number): readonly number[];
}

const MINUTES = 1440;

/**
 * A journey of weight w is begun w x shape(t) x burst(t) / mean(shape x burst) times as often at t: so the mix of a whole day
 * is that of the weights, and the curve's mean is 1, whatever the bursts.
 */
export function dayOf(day: DayModel, journeys: readonly Journey[]): Day {
  const minutes = Array.from({ length: MINUTES + 1 }, (_, minute) => minute);
  const relative = journeys.map(({ burst }) => {
    const raw = minutes.map(
      (minute) => shapeAt(day.hours, minute) * (isIn(burst, day.lessons, minute) ? burst!.times : 1),
    );
    const mean = meanOf(raw);
    return raw.map((value) => value / mean);
  });
  const requests = journeys.map(({ weight, steps }) => weight * steps.length);
  const sum = requests.reduce((a, b) => a + b, 0);
  const weights = minutes.map((minute) => journeys.map(({ weight }, n) => weight * relative[n]![minute]!));
  return {
    curve: minutes.map((minute) => ({
      minute,
      times: requests.reduce((total, share, n) => total + (share / sum) * relative[n]![minute]!, 0),
    })),
    weightsAt: (minute) => weights[Math.min(MINUTES, Math.max(0, Math.floor(minute)))]!,
  };
}

function shapeAt(hours: readonly number[], minute: number): number {
  const hour = Math.floor(minute / 60);
  const [from, to] = [hours[hour % 24]!, hours[(hour + 1) % 24]!];
  return from + ((minute % 60) / 60) * (to - from);
}

function isIn(burst: Journey['burst'], lessons: readonly number[], minute: number): boolean {
  return (
    burst !== undefined &&
    lessons.some((hour) => minute >= hour * 60 + burst.fromMinute && minute < hour * 60 + burst.toMinute)
  );
}

/** By the trapezium rule: the curve goes in straight lines. */
const meanOf = (values: readonly number[]) =>
  values.slice(1).reduce((sum, value, n) => sum + (value + values[n]!) / 2, 0) / MINUTES;
