// The past of one objective as the forecast needs it: a source and a moment in, whole days and the month so far out.
import type { MaintenanceWindow } from '../budget/maintenance.ts';
import { windowsOf } from '../budget/maintenance.ts';
import { measure } from '../budget/measure.ts';
import { monthOf } from '../budget/month.ts';
import type { Objective } from '../objectives/read.ts';
import type { Source } from '../source/source.ts';
import type { History } from './forecast.ts';

const DAY = 86_400;
const HOUR = 3600;

/** @param days how many whole days before `nowSeconds` to look back; fewer come when less is known */
export async function historyOf(
  source: Source,
  objective: Objective,
  { nowSeconds, days, maintenance }: { nowSeconds: number; days: number; maintenance: readonly MaintenanceWindow[] },
): Promise<History> {
  const month = monthOf(undefined, nowSeconds);
  const firstDay = nowSeconds - days * DAY;
  const fromSeconds = Math.min(month.fromSeconds, firstDay);
  const windows = windowsOf(maintenance, objective.name, { fromSeconds, toSeconds: nowSeconds });
  const cuts = [
    month.fromSeconds,
    nowSeconds - HOUR,
    ...Array.from({ length: days }, (_, index) => nowSeconds - (index + 1) * DAY),
    ...windows.flatMap((window) => [window.fromSeconds, window.toSeconds]),
  ];
  const measured = await measure(source, objective, { fromSeconds, toSeconds: nowSeconds, cuts });
  const counted = measured.steps.flatMap((step, index) => {
    const isOut = windows.some((w) => step.fromSeconds >= w.fromSeconds && step.toSeconds <= w.toSeconds);
    return isOut ? [] : [{ ...step, bad: measured.bad[index]!, total: measured.total[index]! }];
  });
  const between = (from: number, to: number) => {
    const sum = { bad: 0, total: 0 };
    for (const step of counted) {
      if (step.fromSeconds < from || step.toSeconds > to) continue;
      sum.bad += step.bad;
      sum.total += step.total;
    }
    return sum;
  };
  const since = measured.knownSinceSeconds ?? nowSeconds;
  // What a step of an hour is known from may lie inside it: a first day that misses less than that is whole.
  const whole = Math.min(days, Math.floor((nowSeconds - since + HOUR) / DAY));
  const daily = Array.from({ length: whole }, (_, index) => {
    const from = nowSeconds - (whole - index) * DAY;
    return between(from, from + DAY);
  });
  return {
    bad: daily.map(({ bad }) => bad),
    total: daily.map(({ total }) => total),
    soFar: between(month.fromSeconds, nowSeconds),
    lastHour: between(nowSeconds - HOUR, nowSeconds),
    daysLeft: (month.toSeconds - nowSeconds) / DAY,
  };
}
