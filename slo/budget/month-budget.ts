// The budgets of all objectives in one month: a source, maintenance and incidents in, accounts, alerts and actions out.
import type { Progress } from '../../cli/progress.ts';
import { queriesOf } from '../compile/check.ts';
import { minutesIn } from '../lint/spec.ts';
import type { Objective } from '../objectives/read.ts';
import { type OpenAction, openActions } from '../postmortem/open-actions.ts';
import type { Incident } from '../postmortem/records.ts';
import type { Source } from '../source/source.ts';
import { type Account, accountOf, type CauseSpan } from './account.ts';
import { type Episode, episodesOf } from './episodes.ts';
import { failures } from './failures.ts';
import { type MaintenanceWindow, windowsOf } from './maintenance.ts';
import { measure } from './measure.ts';
import { type Month, minuteText } from './month.ts';

export interface MonthBudget {
  month: Month;
  source: string;
  /** Until when was counted: now, the month's end, or the last sample of a file. */
  asOfSeconds: number;
  accounts: Account[];
  episodes: (Episode & { postmortem: string | null })[];
  incidents: Incident[];
  actions: OpenAction[];
  /** What limits the figures, in words. */
  notes: string[];
}

/** Clocks of two machines may differ by this much. */
const CLOCK_SECONDS = 300;
/** An objective known later than this after the month's first moment is said so. */
const LATE_SECONDS = 3600;

export interface MonthOptions {
  month: Month;
  nowSeconds: number;
  objectives: readonly Objective[];
  maintenance: readonly MaintenanceWindow[];
  incidents: readonly Incident[];
  progress: Progress;
}

/** Throws a Failure (exit code 4) when no objective has an event, or when two clocks disagree about the month so far. */
export async function monthBudget(source: Source, options: MonthOptions): Promise<MonthBudget> {
  const { month, nowSeconds, objectives, progress } = options;
  await requireSameClock(source, month.toSeconds, nowSeconds);
  const asOfSeconds = Math.floor(Math.min(nowSeconds, month.toSeconds, source.extent?.toSeconds ?? nowSeconds));
  if (asOfSeconds <= month.fromSeconds) throw failures.nothingMeasured(source.what, month.name, allQueries(objectives));
  const soFar = { ...month, toSeconds: asOfSeconds };
  const incidents = options.incidents.filter((incident) => {
    const { fromSeconds, toSeconds } = spanOf(incident);
    return fromSeconds < asOfSeconds && toSeconds > month.fromSeconds;
  });
  const fired = await episodesOf(source, { fromSeconds: month.fromSeconds, toSeconds: asOfSeconds });
  const episodes = fired.map((episode) => ({ ...episode, postmortem: postmortemOf(episode, incidents) }));
  const accounts: Account[] = [];
  for (const objective of objectives) {
    progress.step(`${objective.name} in ${month.name}`);
    const isOwn = ({ objective: name }: { objective: string }) => name === objective.name;
    const unexplained = episodes.filter(({ isPage, postmortem }) => isPage && postmortem === null);
    const spans = [
      ...incidents.filter(isOwn).map(incidentSpan),
      ...unexplained.filter(isOwn).map((episode) => pageSpan(episode)),
    ];
    const counted = windowsOf(options.maintenance, objective.name, soFar);
    const cuts = [...counted, ...spans].flatMap((span) => [span.fromSeconds, span.toSeconds]);
    const measured = await measure(source, objective, { fromSeconds: month.fromSeconds, toSeconds: asOfSeconds, cuts });
    // Windows to come make the month's budget smaller, too.
    const maintenance = windowsOf(options.maintenance, objective.name, month);
    accounts.push(accountOf(objective, measured, { month, asOfSeconds, maintenance, spans }));
  }
  if (accounts.every(({ total }) => total === 0))
    throw failures.nothingMeasured(source.what, month.name, allQueries(objectives));
  return {
    month,
    source: source.what,
    asOfSeconds,
    accounts,
    episodes,
    incidents,
    actions: openActions(options.incidents, nowSeconds * 1000),
    notes: [
      ...(asOfSeconds < month.toSeconds
        ? [`The month is not over: counted until ${minuteText(asOfSeconds)} UTC.`]
        : []),
      ...accounts.flatMap((account) => notesOf(account, objectives, month)),
    ],
  };
}

/**
 * Refuses figures that end at this moment while two clocks disagree about it. A month that is over for both is the same
 * whatever they say.
 * @param untilSeconds the end of the time that is counted
 */
export async function requireSameClock(source: Source, untilSeconds: number, nowSeconds: number): Promise<void> {
  const theirs = source.extent?.toSeconds ?? (await serverSeconds(source));
  const isLater = theirs - nowSeconds > CLOCK_SECONDS;
  const isEarlier = source.extent === undefined && nowSeconds - theirs > CLOCK_SECONDS;
  if ((isLater || isEarlier) && Math.min(theirs, nowSeconds) <= untilSeconds)
    throw failures.clocks(source.what, minuteText(theirs), minuteText(nowSeconds));
}

async function serverSeconds(source: Source): Promise<number> {
  const { result } = (await source.api('query', { query: 'time()' })) as { result: [number, string] };
  return Number(result[1]);
}

const spanOf = ({ fromUtc, toUtc }: Incident) => ({
  fromSeconds: Date.parse(fromUtc) / 1000,
  toSeconds: Date.parse(toUtc) / 1000,
});

const incidentSpan = (incident: Incident): CauseSpan => ({
  kind: 'incident',
  what: incident.cause === '' ? incident.id : `${incident.id}: ${incident.cause}`,
  ...spanOf(incident),
});

/** A page is made by the bad events of the window that fired first: they are its own, and those until it ended. */
function pageSpan({ alert, tiers, fromSeconds, toSeconds }: Episode): CauseSpan {
  const windowSeconds = (minutesIn(tiers[0]) ?? 0) * 60;
  const what = `${alert} at ${minuteText(fromSeconds)} UTC`;
  return { kind: 'page', what, fromSeconds: fromSeconds - windowSeconds, toSeconds };
}

function postmortemOf(episode: Episode, incidents: readonly Incident[]): string | null {
  const found = incidents.find((incident) => {
    const { fromSeconds, toSeconds } = spanOf(incident);
    return (
      incident.objective === episode.objective && fromSeconds <= episode.toSeconds && toSeconds >= episode.fromSeconds
    );
  });
  return found?.id ?? null;
}

const allQueries = (objectives: readonly Objective[]) => [
  ...new Set(objectives.map((objective) => queriesOf(objective).at(-1)!)),
];

function notesOf(account: Account, objectives: readonly Objective[], month: Month): string[] {
  const { objective, knownSinceSeconds, total, resets, withoutGood } = account;
  const [part, query] = queriesOf(objectives.find(({ name }) => name === objective)!);
  const blind =
    withoutGood > 0
      ? [`${objective}: ${withoutGood} series do not count ${part} and were left out; npm run slo -- doctor says why.`]
      : [];
  if (total === 0)
    return [...blind, `${objective}: nothing was counted by ${query ?? part}: nothing can be said of it.`];
  return [
    ...blind,
    ...(knownSinceSeconds !== null && knownSinceSeconds - month.fromSeconds > LATE_SECONDS
      ? [`${objective}: known only since ${minuteText(knownSinceSeconds)} UTC; nothing is said about the time before.`]
      : []),
    ...(resets > 0
      ? [`${objective}: counters began again ${resets} times (restarts); what they had counted is kept.`]
      : []),
  ];
}
