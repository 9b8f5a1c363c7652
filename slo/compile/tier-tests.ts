// An objective in, for each of its tiers the test that its two windows and its threshold are what they should be. Pure.
import type { Objective } from '../objectives/read.ts';
import type { BurnTier } from '../objectives/schema.ts';
import { alertLabels, annotationsOf } from './alerts.ts';
import { SNAPSHOT_DAYS, stepOf, stepsOf, timelineIn } from './bands.ts';
import { WINDOWS } from './catalogue.ts';
import { firing, minutesOf, type Timeline, thresholdIn } from './faults.ts';
import { labelsOf } from './rule.ts';
import type { AlertTest, RuleTest } from './rule-test.ts';
import { type Snapshot, snapshotTest, snapshotTime } from './snapshots.ts';

/** So many that the guard against few requests hardly shows. */
const EVENTS_PER_MINUTE = 60_000;

/** A share of bad events from so many minutes ago until the next phase. */
interface Phase {
  minutes: number;
  share: number;
}

/** A fault in three shapes. Each fires, or not, for another reason, and each is as near to the threshold as it can be told apart. */
const SHAPES = {
  /** Both windows are a little above the threshold, before them all was well: a longer window would not see it. */
  above: { fires: true, levels: [1.3, 1.4], phases: above },
  /** The long window is a little below, though its last part alone is above: a shorter window would fire. */
  longBelow: { fires: false, levels: [0.7, 0.6, 0.65, 0.8], phases: longBelow },
  /** The short window is a little below, though its last part and what was before it are above. */
  shortBelow: { fires: false, levels: [1.8, 1.5, 1.35], phases: shortBelow },
} as const;

function above({ long }: BurnTier, level: number): Phase[] {
  return [{ minutes: minutesOf(long), share: level }];
}

function longBelow({ long }: BurnTier, level: number): Phase[] {
  const part = minutesOf(shorter(long));
  return [{ minutes: part, share: (level * minutesOf(long)) / part }];
}

function shortBelow({ long, short }: BurnTier, level: number): Phase[] {
  const [whole, window, part] = [minutesOf(long), minutesOf(short), minutesOf(shorter(short))];
  const below = 0.7;
  return [
    { minutes: part, share: (below * window) / part },
    ...(part < window ? [{ minutes: window, share: 0 }] : []),
    { minutes: whole, share: (level * whole - below * window) / (whole - window) },
  ];
}

/** The next shorter window; the shortest itself. */
const shorter = (window: string) => WINDOWS[Math.max(0, WINDOWS.indexOf(window as (typeof WINDOWS)[number]) - 1)]!;

/** One test a tier. */
export function tierTests(objective: Objective): RuleTest[] {
  return objective.policy.map((tier) => {
    const stepMinutes = stepOf(objective, minutesOf(tier.long) > minutesOf('1d'));
    const snapshots = Object.values(SHAPES).map(({ fires, levels, phases }, index): Snapshot => {
      const timeline = levels
        .map((level) => timelineOf(objective, tier, phases(tier, level), stepMinutes))
        .find((one) => one && isShown(objective, tier, { timeline: one, stepMinutes }, fires));
      if (!timeline) throw new Error(`${objective.name} ${tier.long}: no fault shows what the test is for`);
      return { day: (index + 1) * SNAPSHOT_DAYS, timeline, stepMinutes };
    });
    const percent = (thresholdIn(objective, tier) * 100).toFixed(2);
    return snapshotTest(objective, `tier ${tier.long}/${tier.short} fires above ${percent} % bad`, snapshots, {
      alerts: snapshots.map((snapshot) => alertsAt(objective, snapshot)),
    });
  });
}

/** Undefined when more than all would have to be bad. @param phases shares in multiples of the tier's threshold */
function timelineOf(objective: Objective, tier: BurnTier, phases: Phase[], stepMinutes: number): Timeline | undefined {
  const [threshold, slices] = [thresholdIn(objective, tier), isSliced(objective)];
  if (phases.some(({ share }) => share * threshold > 1)) return undefined;
  const rate = slices ? 1 / stepMinutes : EVENTS_PER_MINUTE;
  const badSince = (minutes: number) =>
    phases.reduce((sum, phase, index) => {
      const from = phases[index - 1]?.minutes ?? 0;
      return sum + Math.max(0, Math.min(minutes, phase.minutes) - from) * rate * phase.share * threshold;
    }, 0);
  // Every window is a reach of its own, so that each shorter one inside a phase holds its share, too.
  const reaches = [...WINDOWS, `${SNAPSHOT_DAYS}d`].map((window) => {
    const minutes = minutesOf(window);
    return { minutes, all: minutes * rate, bad: badSince(minutes) };
  });
  return timelineIn(reaches, stepMinutes, slices);
}

export const isSliced = ({ source }: Objective) => source.kind === 'slices';

/** Whether the tier does what it must, and no tier is so near to its threshold that nothing can be said. */
function isShown(objective: Objective, tier: BurnTier, film: Filmed, fires: boolean): boolean {
  const said = objective.policy.map((one) => firingAtEnd(objective, one, film));
  return !said.includes(undefined) && said[objective.policy.indexOf(tier)] === fires;
}

type Filmed = Pick<Snapshot, 'timeline' | 'stepMinutes'>;

function firingAtEnd(objective: Objective, tier: BurnTier, { timeline, stepMinutes }: Filmed, precisely?: Precisely) {
  // Prometheus 2 counts both edges of a window, Prometheus 3 the later one: of slices that is one more, of events one increase fewer.
  const spares = precisely && { spares: isSliced(objective) ? [0, 1] : [-1, 0] };
  return firing(objective, tier, timeline, stepsOf(stepMinutes) - 1, stepMinutes, { ...precisely, ...spares });
}

/** For faults that are made to be near a threshold. */
interface Precisely {
  margin: number;
  monthDays: number;
}

/** What fires at a snapshot. Throws when it cannot be said: then the test would be wrong. */
export function alertsAt(objective: Objective, snapshot: Snapshot, precisely?: Precisely): AlertTest {
  const fires = objective.policy.filter((tier) => {
    const said = firingAtEnd(objective, tier, snapshot, precisely);
    if (said === undefined) throw new Error(`${objective.name} ${tier.long}: day ${snapshot.day} is too near to say`);
    return said;
  });
  return {
    eval_time: snapshotTime(snapshot),
    alertname: objective.alert,
    exp_alerts: fires.map((tier) => ({
      exp_labels: { ...labelsOf(objective), ...alertLabels(objective, tier) },
      exp_annotations: annotationsOf(objective, tier),
    })),
  };
}
