// What the monthly report says, once for all its forms: the budgets of a month in, sections of words, tables and drawings out. Pure.
import { type Account, durationText } from '../account.ts';
import { minuteText } from '../month.ts';
import type { MonthBudget } from '../month-budget.ts';
import { coursePlot, daysPlot } from './plots.ts';

export interface Section {
  title: string;
  lines?: string[];
  table?: { header: string[]; rows: string[][]; bad?: boolean[] };
  /** SVG text, and what it shows in words for forms without drawings. */
  drawing?: { svg: string; caption: string };
  level: 2 | 3;
}

export interface Report {
  title: string;
  verdict: string;
  /** `blind`: none is missed, and of some nothing is known. */
  state: 'kept' | 'blind' | 'missed';
  sections: Section[];
}

/** Missed: of the events so far more were bad than the objective allows. */
export const isMissed = ({ spent }: Account) => spent !== null && spent > 1;

export function reportOf(budget: MonthBudget): Report {
  const { month, accounts, asOfSeconds } = budget;
  const missed = accounts.filter(isMissed);
  const blind = accounts.filter(({ spent }) => spent === null);
  const names = (some: readonly Account[]) => some.map(({ displayName }) => displayName).join(', ');
  const kept = accounts.length - missed.length - blind.length;
  return {
    title: `Error budgets of ${month.name}`,
    verdict: [
      ...(missed.length > 0 ? [`Missed: ${names(missed)}.`] : []),
      `${kept} of ${accounts.length} objectives are kept.`,
      ...(blind.length > 0 ? [`Nothing was measured of: ${names(blind)}.`] : []),
    ].join(' '),
    state: missed.length > 0 ? 'missed' : blind.length > 0 ? 'blind' : 'kept',
    sections: [
      {
        title: 'Objectives',
        level: 2,
        lines: [`Counted in ${budget.source}, ${minuteText(month.fromSeconds)} to ${minuteText(asOfSeconds)} UTC.`],
        table: { header: SUMMARY_HEADER, rows: accounts.map(summaryRow), bad: accounts.map(isMissed) },
      },
      { title: 'How to read it', level: 2, lines: HOW_TO_READ },
      {
        title: 'What is left, day by day',
        level: 2,
        drawing: {
          svg: coursePlot(budget),
          caption:
            'Share of the whole month’s budget that is left. Shaded: maintenance; triangle: an incident begins. At 0 the objective is missed.',
        },
      },
      { title: 'What it was spent on', level: 2, lines: CAUSES_HELP },
      ...accounts.filter(({ bad }) => bad > 0).flatMap(causeSections),
      maintenanceSection(accounts),
      incidentSection(budget),
      alertSection(budget),
      actionSection(budget),
      ...(budget.notes.length > 0 ? [{ title: 'Notes', level: 2 as const, lines: budget.notes }] : []),
    ],
  };
}

const HOW_TO_READ = [
  'Achieved is the share of good events so far, each request counting once; for slices the share of good time.',
  'Budget spent is bad events by those that the objective allows for the events so far. Above 100 % the objective is missed.',
  'Of the month is the same by the events that the whole month will have when it goes on as until now: what cannot come back.',
  'Minutes are those that were bad, of those that the whole month allows. Declared maintenance is counted nowhere but in its own table.',
];

const CAUSES_HELP = [
  'Bad events inside the time of an incident with a postmortem are the incident’s; those of a page without one, from the window that made it fire, are the page’s.',
  'The others are told apart by what their series say of themselves.',
];

export const SUMMARY_HEADER = ['objective', 'target', 'achieved', 'budget spent', 'of the month', 'bad', 'maintenance'];

export function summaryRow(account: Account): string[] {
  const { displayName, target, achieved, spent, spentOfMonth, minutes, counts, excluded } = account;
  const out = excluded.reduce((sum, { total }) => sum + total, 0);
  return [
    `${displayName} (${account.objective})`,
    percent(target),
    achieved === null ? 'no events' : percent(achieved),
    spent === null ? '-' : whole(spent),
    spentOfMonth === null ? '-' : whole(spentOfMonth),
    `${number(account.bad)} of ${number(account.total)} ${counts}${minutes ? `, ${minutesText(minutes)}` : ''}`,
    out > 0 ? `${number(out)} taken out` : 'none',
  ];
}

const minutesText = ({ bad, budget }: { bad: number; budget: number }) =>
  `${bad.toFixed(1)} min; the month allows ${budget.toFixed(1)}`;

function causeSections(account: Account): Section[] {
  const rows = account.causes.map(({ kind, what, bad, spent }) => [
    kind === 'incident' ? `incident ${what}` : kind === 'page' ? `page ${what}, without a postmortem` : what,
    number(bad),
    whole(spent),
    whole(bad / account.bad),
  ]);
  const worst = [...account.perDay].sort((a, b) => b.bad - a.bad)[0]!;
  return [
    {
      title: account.displayName,
      level: 3,
      lines: [
        `${number(account.bad)} bad ${account.counts}, the worst day ${worst.day} with ${number(worst.bad)} of ${number(worst.total)}.`,
      ],
      table: { header: ['cause', `bad ${account.counts}`, 'budget spent', 'share of the bad'], rows },
      drawing: { svg: daysPlot(account), caption: `Bad ${account.counts} of each day (UTC).` },
    },
  ];
}

function maintenanceSection(accounts: readonly Account[]): Section {
  const rows = accounts.flatMap(({ displayName, total, excluded, counts }) =>
    (total > 0 ? excluded : []).map((window) => [
      displayName,
      minuteText(window.fromSeconds),
      durationText(window.toSeconds - window.fromSeconds),
      window.reason,
      window.who,
      `${number(window.bad)} bad of ${number(window.total)} ${counts}`,
    ]),
  );
  if (rows.length === 0) return { title: 'Maintenance', level: 2, lines: ['None was declared for this month.'] };
  const header = ['objective', 'from (UTC)', 'length', 'reason', 'who', 'took out'];
  return { title: 'Maintenance', level: 2, table: { header, rows } };
}

function incidentSection({ incidents }: MonthBudget): Section {
  if (incidents.length === 0) return { title: 'Incidents', level: 2, lines: ['No postmortem is about this month.'] };
  const rows = incidents.map((incident) => [
    incident.id,
    incident.objective,
    minuteText(Date.parse(incident.fromUtc) / 1000),
    durationText((Date.parse(incident.toUtc) - Date.parse(incident.fromUtc)) / 1000),
    incident.cause === '' ? 'not written yet' : incident.cause,
  ]);
  return {
    title: 'Incidents',
    level: 2,
    table: { header: ['id', 'objective', 'from (UTC)', 'length', 'cause'], rows },
  };
}

function alertSection({ episodes }: MonthBudget): Section {
  if (episodes.length === 0) return { title: 'Alerts', level: 2, lines: ['No alert fired.'] };
  const rows = episodes.map((episode) => [
    episode.alert,
    episode.isPage ? 'page' : 'ticket',
    minuteText(episode.fromSeconds),
    durationText(episode.toSeconds - episode.fromSeconds),
    episode.tiers.join(', '),
    episode.postmortem ?? (episode.isPage ? `none yet: npm run slo -- postmortem ${episode.alert}` : '-'),
  ]);
  const header = ['alert', 'notified as', 'from (UTC)', 'length', 'tiers', 'postmortem'];
  return {
    title: 'Alerts',
    level: 2,
    table: { header, rows, bad: episodes.map((one) => one.isPage && !one.postmortem) },
  };
}

function actionSection({ actions }: MonthBudget): Section {
  if (actions.length === 0) return { title: 'Open actions', level: 2, lines: ['None is open.'] };
  const rows = actions.map(({ incident, id, what, owner, due, late }) => [
    `${incident} ${id}`,
    what,
    owner,
    due,
    late ? 'late' : 'open',
  ]);
  const header = ['action', 'what', 'owner', 'due', 'state'];
  return { title: 'Open actions', level: 2, table: { header, rows, bad: actions.map(({ late }) => late) } };
}

/** 0.99512 as `99.512 %`: never rounded up to a target that was missed. */
const percent = (share: number) => `${Number((Math.floor(share * 1e5 + 1e-6) / 1e3).toFixed(3))} %`;
const whole = (share: number) => {
  const hundred = share * 100;
  return `${hundred < 10 ? Number(hundred.toFixed(1)) : Math.round(hundred)} %`;
};
const number = (events: number) => Math.round(events).toLocaleString('en-US');
