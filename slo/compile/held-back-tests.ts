// Objectives in, the tests out of what is held back and for how long. Pure.
// The alerts that somebody was told of stand in the tests as Prometheus records them, so no fault has to be made for each.
import type { Objective } from '../objectives/read.ts';
import type { BurnTier } from '../objectives/schema.ts';
import { SNAPSHOT_DAYS } from './bands.ts';
import { minutesOf } from './faults.ts';
import { type Cause, causesOf, HELD_BACK_ALERT, heldBackAnnotations, heldBackLabels } from './held-back.ts';
import type { InputSeries } from './input-series.ts';
import type { AlertTest, RuleTest } from './rule-test.ts';
import { snapshotTime } from './snapshots.ts';

/** Labels of ALERTS that some matcher asks for. */
type Labels = Record<'alertname' | 'slo' | 'alertstate' | 'tier' | 'notify' | 'reason' | 'holds', string>;

/** What was recorded so many minutes before a snapshot. */
type Shot = { labels: Labels; minutesAgo: number }[];

export function heldBackTests(objective: Objective, objectives: Objective[]): RuleTest[] {
  const causes = new Map(
    objective.policy.flatMap((tier) =>
      causesOf(objective, tier, objectives).map((cause) => [JSON.stringify(cause), cause] as const),
    ),
  );
  const shots = [...causes].flatMap(([key, cause]) => {
    const tiers = objective.policy.filter((tier) =>
      causesOf(objective, tier, objectives).some((one) => JSON.stringify(one) === key),
    );
    return shotsOf(cause, tiers);
  });
  if (shots.length === 0) return [];
  const held = (shot: Shot) =>
    objective.policy.filter((tier) => isHeld(tier, causesOf(objective, tier, objectives), shot));
  return [
    {
      name: `${objective.name}: held back as long as the tier's short window remembers what was told`,
      interval: '1m',
      input_series: seriesOf(shots),
      alert_rule_test: shots.map((shot, index) => expectHeld(objective, index, held(shot))),
    },
  ];
}

/** Around the end of the short windows; then, with what is no cause all round, nothing; then the turn of the two. */
function shotsOf(cause: Cause, tiers: BurnTier[]): Shot[] {
  const told = labelsOf(cause);
  const ages = [...new Set(tiers.map(({ short }) => minutesOf(short)))].flatMap((minutes) => [
    minutes - 1,
    minutes + 1,
  ]);
  const shots: Shot[] = [...ages.map((minutesAgo) => [{ labels: told, minutesAgo }]), besides(told, cause).map(now)];
  if (cause.inTurn === undefined) return shots;
  const turn = turnOf(cause);
  return [...shots, [now(told), now(turn)], [now(told), ...besides(turn, cause).map(now)]];
}

/** An own look at what was recorded, so that the rules are judged by something other than themselves. */
function isHeld(tier: BurnTier, causes: Cause[], shot: Shot): boolean {
  const has = (wanted: Labels, minutes: number) =>
    shot.some(({ labels, minutesAgo }) => minutesAgo < minutes && JSON.stringify(labels) === JSON.stringify(wanted));
  return causes.some(
    (cause) =>
      cause.values.some((value) => has(labelsOf(cause, value), minutesOf(tier.short))) &&
      !(cause.inTurn !== undefined && has(turnOf(cause), INSTANT_MINUTES)),
  );
}

/** A sample is seen for so long by a selector without a range. */
const INSTANT_MINUTES = 5;

const turnOf = ({ slo, inTurn }: Cause): Labels => ({ ...none, alertname: HELD_BACK_ALERT, slo, holds: inTurn ?? '' });

const now = (labels: Labels) => ({ labels, minutesAgo: 1 });

const none: Labels = { alertname: '', slo: '', alertstate: 'firing', tier: '', notify: '', reason: '', holds: '' };

const labelsOf = ({ alert, slo, label, values }: Cause, value = values[0]!): Labels => ({
  ...none,
  alertname: alert,
  slo,
  [label]: value,
});

/** The same alert but for one label each: none of them is what is asked for. */
function besides(labels: Labels, { label }: Cause): Labels[] {
  const which = labels.alertname === HELD_BACK_ALERT ? 'holds' : label;
  return (['alertname', 'slo', 'alertstate', which] as const).map((one) => ({ ...labels, [one]: 'another' }));
}

/** Each series with its samples, a minute apart, holes between. */
function seriesOf(shots: Shot[]): InputSeries[] {
  const minutes = new Map<string, number[]>();
  for (const [index, shot] of shots.entries()) {
    for (const { labels, minutesAgo } of shot) {
      const given = Object.entries(labels).filter(([, value]) => value !== '');
      const series = `ALERTS{${given.map(([label, value]) => `${label}="${value}"`).join(',')}}`;
      minutes.set(series, [...(minutes.get(series) ?? []), dayOf(index) * minutesOf('1d') - minutesAgo]);
    }
  }
  return [...minutes].map(([series, at]) => ({ series, values: blips(at) }));
}

function blips(at: number[]): string {
  const parts: string[] = [];
  let next = 0;
  for (const minute of at) {
    if (minute > next) parts.push(`_x${minute - next}`);
    parts.push('1');
    next = minute + 1;
  }
  return parts.join(' ');
}

const dayOf = (index: number) => (index + 1) * SNAPSHOT_DAYS;

function expectHeld(objective: Objective, index: number, tiers: BurnTier[]): AlertTest {
  return {
    eval_time: snapshotTime({ day: dayOf(index) }),
    alertname: HELD_BACK_ALERT,
    exp_alerts: tiers.map((tier) => ({
      exp_labels: heldBackLabels(objective, tier),
      exp_annotations: heldBackAnnotations(objective, tier),
    })),
  };
}
