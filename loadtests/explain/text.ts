// The explanation of a load as text for a terminal, and the rows that the page has in common with it.
import { table } from '../../cli/table.ts';
import type { Explained } from './explain.ts';

export interface Explanation extends Explained {
  scenario: string;
  about: string;
  seed: number;
  arrivalsAre: string;
  workloadHash: string;
  /** Bulk of the data set: commands that seeding sends. */
  seedCalls: number;
}

const whole = (value: number) => value.toFixed(0);
const short = (value: number) => (value >= 100 ? value.toFixed(0) : `${+value.toFixed(1)}`);
const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
const percentile = (q: number | null) => (q === null ? 'none' : `p${+(q * 100).toFixed(1)}`);

export const PHASE_HEADER = ['phase', 'kind', 'from s', 'to s', 'rate/s', 'expected', 'planned', 'carries up to'];
export const phaseRows = ({ phases }: Explained): string[][] =>
  phases.map((one) => {
    const ends = [one.fromRatePerSecond, one.toRatePerSecond].map(short);
    const line = ends[0] === ends[1] ? ends[0]! : `${ends[0]} to ${ends[1]}`;
    const isHigher = one.highestRatePerSecond > Math.max(one.fromRatePerSecond, one.toRatePerSecond);
    const rate = isHigher ? `${line}, at most ${short(one.highestRatePerSecond)}` : line;
    const times = [one.fromMs, one.toMs].map((ms) => short(ms / 1000));
    const judged = one.kind === 'warm-up' ? 'left out' : percentile(one.carries);
    return [one.name, one.kind, ...times, rate, whole(one.expected), `${one.planned}`, judged];
  });

export const STEP_HEADER = ['step', 'by', 'requests', 'share', 'at most /s', 'carries up to'];
export const stepRows = ({ steps }: Explained): string[][] =>
  steps.map((one) => [
    one.step,
    one.roles.join(', '),
    `${one.planned}`,
    percent(one.share),
    `${one.highestPerSecond}`,
    percentile(one.carries),
  ]);

export const ROLE_HEADER = ['role', 'users', 'of them ask', 'requests', 'busiest user, a minute'];
export const roleRows = ({ roles }: Explained): string[][] =>
  roles.map((one) => [one.role, `${one.users}`, `${one.asking}`, `${one.requests}`, `${one.mostPerMinute}`]);

export const JOURNEY_HEADER = ['journey', 'begun', 'steps', 'takes s'];
export const journeyRows = ({ journeys }: Explained): string[][] =>
  journeys.map((one) => [one.journey, `${one.begun}`, one.meanSteps.toFixed(2), one.meanSeconds.toFixed(1)]);

export const WORK_HEADER = ['work', 'per request', 'at the highest rate, /s', 'of the requests counted'];
export const workRows = ({ work }: Explained): string[][] =>
  work.map((one) => [one.counter, one.perRequest.toFixed(2), short(one.perSecond), percent(one.counted)]);

export const mostUnderWay = ({ slices }: Explained): number => Math.max(...slices.map(({ underWay }) => underWay));

const BARS = ' ▁▂▃▄▅▆▇█';

/** One character for each slice, as high as its rate. */
export function sparkline({ slices }: Explained): string {
  const most = Math.max(...slices.map(({ ratePerSecond }) => ratePerSecond));
  return slices.map(({ ratePerSecond }) => BARS[Math.round((ratePerSecond / most) * (BARS.length - 1))]).join('');
}

export function explanationText(of: Explanation, files: { report: string; next: string }): string {
  const most = mostUnderWay(of);
  return [
    `${of.scenario}: ${of.about}`,
    `${of.arrivals} requests in ${short(of.durationMs / 1000)} s, at most ${short(of.ratePerSecond)}/s, ${of.arrivalsAre} arrivals, seed ${of.seed}; nothing was sent`,
    '',
    sparkline(of),
    '',
    table(PHASE_HEADER, phaseRows(of)),
    '',
    table(STEP_HEADER, stepRows(of)),
    '',
    table(ROLE_HEADER, roleRows(of)),
    ...(of.journeys.length > 0
      ? ['', table(JOURNEY_HEADER, journeyRows(of)), `at most ${most} people in the middle of a journey at once`]
      : []),
    '',
    `data set: ${of.seedCalls} commands beforehand`,
    ...(of.work.length > 0
      ? ['', table(WORK_HEADER, workRows(of))]
      : ['expected work: nothing counted yet; npm run gate -- --counters counts it']),
    '',
    `report: ${files.report}`,
    `next: ${files.next}`,
  ].join('\n');
}
