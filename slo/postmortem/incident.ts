// Which incident: an alert or a span of time in, the objective and the exact minutes of it out, as the source's data say.
import { minutesOf, thresholdIn } from '../compile/faults.ts';
import type { Objective } from '../objectives/read.ts';
import type { BurnTier } from '../objectives/schema.ts';
import type { Series, Source } from '../source/source.ts';
import { allIn, badMinute, MINUTE, type Span, sliceSeries, windowShare } from './counts.ts';
import { failures } from './failures.ts';
import { ceilTo, floorTo, type Interval, intervalsOf } from './intervals.ts';
import { isoOf } from './units.ts';

export interface Wanted {
  /** Name of an alert; its last episode is taken. Without it `span` is the incident. */
  alert?: string;
  /** The incident, or where the alert is looked for. */
  span?: { fromSeconds: number; toSeconds: number };
  objective?: string;
  nowSeconds: number;
}

export interface Incident {
  objective: Objective;
  alert?: string;
  /** From the begin of the first bad minute to the recovery, in whole minutes. */
  span: Span;
  /** Between here and the first bad minute no minute was bad. */
  quietFromSeconds: number;
  /** Share of bad events in the short window below which it is over. */
  limitShare: number;
  shortWindow: BurnTier['short'];
  severity: BurnTier['severity'];
  /** `ongoing`: not over when the source's data end. `never-over`: the short window was not above the limit at all. */
  end: 'recovered' | 'ongoing' | 'never-over';
  /** Last moment of which the source can know. */
  knownToSeconds: number;
}

const DAY = 86_400;
const LOOK_BACK_SECONDS = 31 * DAY;
const COARSE = 300;
/** Alerts that only hold others back are of no interest. */
const FIRING = '{alertstate="firing",notify!="nobody"}';
/** A living Prometheus may still be writing what is younger. */
const SETTLED_SECONDS = 30;
/** Pages of one alert that are not further apart belong to one incident. */
const SAME_INCIDENT_SECONDS = 1800;

/** Throws a Failure for an unknown alert or objective, a span that is empty or in the future, and for a source without data. */
export async function findIncident(source: Source, objectives: Objective[], wanted: Wanted): Promise<Incident> {
  const knownTo = source.extent?.toSeconds ?? wanted.nowSeconds - SETTLED_SECONDS;
  return wanted.alert === undefined
    ? ofSpan(source, objectives, wanted, knownTo)
    : ofAlert(source, objectives, wanted.alert, wanted, knownTo);
}

async function ofSpan(
  source: Source,
  objectives: Objective[],
  wanted: Wanted,
  knownToSeconds: number,
): Promise<Incident> {
  const span = {
    fromSeconds: floorTo(wanted.span!.fromSeconds, MINUTE),
    toSeconds: ceilTo(wanted.span!.toSeconds, MINUTE),
  };
  const firing = await firingIn(source, span, FIRING);
  const objective = objectiveNamed(objectives, wanted.objective ?? firstFired(firing));
  await requireData(source, objective, span);
  const ours = firing.filter(({ labels }) => labels.slo === objective.name);
  const tiers = firedTiers(objective, ours);
  const over = await timesOf(source, overLimit(objective, tiers, span), span);
  const end = over.length === 0 ? 'never-over' : over.at(-1) === span.toSeconds ? 'ongoing' : 'recovered';
  const alert = ours.length > 0 ? objective.alert : undefined;
  return { ...basics(objective, tiers, span), alert, end, quietFromSeconds: span.fromSeconds, knownToSeconds };
}

async function ofAlert(
  source: Source,
  objectives: Objective[],
  alert: string,
  wanted: Wanted,
  knownToSeconds: number,
): Promise<Incident> {
  const search = {
    fromSeconds:
      wanted.span?.fromSeconds ?? Math.max(knownToSeconds - LOOK_BACK_SECONDS, source.extent?.fromSeconds ?? 0),
    toSeconds: Math.min(wanted.span?.toSeconds ?? knownToSeconds, knownToSeconds),
  };
  const firing = await firingIn(source, search, `{alertname=${JSON.stringify(alert)},alertstate="firing"}`);
  if (firing.length === 0) {
    const others = await firingIn(source, search, FIRING);
    const names = [...new Set(others.map(({ labels }) => labels.alertname!))].sort();
    throw failures.neverFired(alert, between(search), names);
  }
  const named = wanted.objective ?? firing[0]!.labels.slo ?? objectives.find((one) => one.alert === alert)?.name;
  const objective = objectiveNamed(objectives, named);
  const pages = firing.filter(({ labels }) => labels.notify === 'page');
  const times = (pages.length > 0 ? pages : firing).flatMap(({ samples }) => samples.map(([at]) => at));
  const episode = intervalsOf(times, SAME_INCIDENT_SECONDS).at(-1)!;
  const during = firing.filter(({ samples }) =>
    samples.some(([at]) => at >= episode.fromSeconds && at <= episode.toSeconds),
  );
  const tiers = firedTiers(objective, during);
  const { span, quietFromSeconds, end } = await minutesOfIncident(source, objective, tiers, episode, knownToSeconds);
  await requireData(source, objective, span);
  return { ...basics(objective, tiers, span), alert, end, quietFromSeconds, knownToSeconds };
}

/** Back from the alert to the first bad minute, and on to the first minute in which the short window was back under. */
async function minutesOfIncident(
  source: Source,
  objective: Objective,
  tiers: BurnTier[],
  episode: Interval,
  knownToSeconds: number,
): Promise<Pick<Incident, 'span' | 'quietFromSeconds' | 'end'>> {
  const longest = Math.max(...tiers.map(({ long }) => minutesOf(long))) * MINUTE;
  const shortest = minutesOf(shortWindow(tiers)) * MINUTE;
  const before = {
    fromSeconds: floorTo(episode.fromSeconds - longest, MINUTE) - COARSE,
    toSeconds: episode.fromSeconds,
  };
  const bad = intervalsOf(await timesOf(source, badMinute(objective), before), shortest);
  const first = bad.at(-1);
  const fromSeconds = first ? first.fromSeconds - MINUTE : episode.fromSeconds - COARSE;
  const last = Math.min(episode.toSeconds + 2 * COARSE, floorTo(knownToSeconds, MINUTE));
  const after = { fromSeconds, toSeconds: Math.max(last, fromSeconds + MINUTE) };
  const over = await timesOf(source, overLimit(objective, tiers, after), after);
  const lastOver = over.at(-1) ?? Math.min(episode.toSeconds, after.toSeconds - MINUTE);
  return {
    span: { fromSeconds, toSeconds: Math.min(ceilTo(lastOver, MINUTE) + MINUTE, after.toSeconds) },
    quietFromSeconds: bad.at(-2)?.toSeconds ?? before.fromSeconds,
    end: over.length === 0 ? 'never-over' : lastOver >= after.toSeconds ? 'ongoing' : 'recovered',
  };
}

function basics(objective: Objective, tiers: BurnTier[], span: Span) {
  return {
    objective,
    span,
    limitShare: limitOf(objective, tiers, span),
    shortWindow: shortWindow(tiers),
    severity: tiers.map(({ severity }) => severity).sort()[0]!,
  };
}

const shortWindow = (tiers: BurnTier[]) =>
  tiers.map(({ short }) => short).sort((a, b) => minutesOf(a) - minutesOf(b))[0]!;

/** The lowest threshold among the tiers that fired. */
function limitOf(objective: Objective, tiers: BurnTier[], { fromSeconds }: Span): number {
  const date = new Date(fromSeconds * 1000);
  const monthDays = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  return Number(Math.min(...tiers.map((tier) => thresholdIn(objective, tier, monthDays))).toPrecision(9));
}

const overLimit = (objective: Objective, tiers: BurnTier[], span: Span) =>
  `(${windowShare(objective, shortWindow(tiers))}) > ${limitOf(objective, tiers, span)}`;

/** Tiers of the objective that fired: those that page, else those that do not; the first of the policy when none is known. */
function firedTiers({ policy }: Objective, firing: Series[]): BurnTier[] {
  const fired = policy.filter(({ long }) => firing.some(({ labels }) => labels.tier === long));
  const pages = fired.filter(({ notify }) => notify === 'page');
  return pages.length > 0 ? pages : fired.length > 0 ? fired : policy.slice(0, 1);
}

/** Name of the objective of which an alert fired first; pages before tickets. */
function firstFired(firing: Series[]): string | undefined {
  const known = firing.filter(({ labels }) => labels.slo !== undefined);
  const rank = ({ labels, samples }: Series) => samples[0]![0] + (labels.notify === 'page' ? 0 : LOOK_BACK_SECONDS);
  return known.sort((a, b) => rank(a) - rank(b))[0]?.labels.slo;
}

function objectiveNamed(objectives: Objective[], name: string | undefined): Objective {
  const known = objectives.map((objective) => objective.name);
  if (name === undefined) throw failures.noObjective(known);
  const found = objectives.find((objective) => objective.name === name);
  if (!found) throw failures.unknownObjective(name, known);
  return found;
}

/** Every firing alert of a span, at steps of five minutes; a short one is not missed. */
async function firingIn(source: Source, { fromSeconds, toSeconds }: Span, selector: string): Promise<Series[]> {
  const expr = `max by (alertname, slo, tier, notify, severity) (max_over_time(ALERTS${selector}[5m]))`;
  const span = { fromSeconds: ceilTo(fromSeconds, COARSE), toSeconds: floorTo(toSeconds, COARSE) + COARSE };
  return span.toSeconds < span.fromSeconds ? [] : source.range(expr, { ...span, stepSeconds: COARSE });
}

/** Whole minutes at which a condition held. */
async function timesOf(source: Source, condition: string, { fromSeconds, toSeconds }: Span): Promise<number[]> {
  const span = { fromSeconds: ceilTo(fromSeconds, MINUTE), toSeconds: floorTo(toSeconds, MINUTE), stepSeconds: MINUTE };
  return (await source.range(condition, span))
    .flatMap(({ samples }) => samples.map(([at]) => at))
    .sort((a, b) => a - b);
}

async function requireData(source: Source, objective: Objective, span: Span): Promise<void> {
  const found = await source.instant(allIn(objective, span), span.toSeconds);
  if (found.length > 0) return;
  const series = objective.source.kind === 'events' ? objective.source.total : sliceSeries(objective);
  throw failures.noData(source.what, series, between(span));
}

const between = ({ fromSeconds, toSeconds }: Span) =>
  `between ${isoOf(Math.round(fromSeconds))} and ${isoOf(Math.round(toSeconds))}`;
