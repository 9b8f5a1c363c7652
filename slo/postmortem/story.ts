// What a postmortem says, and what it asks of the person who writes it: what was gathered in, the blocks of the document out. Pure.
import { commonAnnotations } from '../compile/alerts.ts';
import type { Block } from './blocks.ts';
import type { Row } from './changes.ts';
import type { Gathered } from './gather.ts';
import { impactItems } from './impact.ts';
import { printed, secondsOf } from './units.ts';

const heading = (text: string): Block => ({ kind: 'heading', text });
const text = (line: string): Block => ({ kind: 'text', text: line });
const write = (line: string): Block => ({ kind: 'write', text: line });

export const titleOf = ({ incident: { objective, span } }: Gathered) =>
  `Postmortem: ${objective.displayName}, ${printed(span.fromSeconds, 'utc').slice(0, 10)}`;

export function story(gathered: Gathered, dueUtc: string): Block[] {
  const { incident, figures, pictures } = gathered;
  return [
    ...overview(gathered, dueUtc),
    heading('Summary'),
    write('what happened, in three sentences that somebody outside the team understands.'),
    heading('Impact'),
    text(incident.objective.impact),
    { kind: 'list', items: impactItems(gathered) },
    write('what users saw, and who was told. Nobody but a person knows that.'),
    heading('Timeline (UTC)'),
    ...timeline(gathered),
    heading('Detection'),
    ...detection(gathered),
    heading('Cause'),
    ...cause(gathered),
    heading('Mitigation'),
    ...mitigation(gathered),
    write('what was done, when (UTC), by whom, and which step helped. What was tried in vain?'),
    heading('Pictures'),
    text('Shaded: from the first bad minute to the recovery. Under each picture stands what was drawn.'),
    ...pictures.map(
      ({ panel, svg, queries, leftOut }): Block => ({
        kind: 'picture',
        id: panel.id,
        title: panel.title,
        text: `${panel.says} ${panel.lowest ? 'Lowest' : 'Peak'} in the incident: ${peakText(gathered, panel.id)}.${leftOut > 0 ? ` ${leftOut} smaller lines are not drawn.` : ''}`,
        svg,
        queries,
      }),
    ),
    heading('Lessons'),
    write('what went well.'),
    write('what went badly.'),
    write('where luck helped.'),
    heading('Actions'),
    text(
      'They stand at the top of `postmortem.md`, each with owner and date. `npm run slo -- postmortem actions` lists what is open and late over all incidents.',
    ),
    write('what keeps this from happening again, or finds it sooner: one action each, with an owner and a day.'),
    heading('Figures and their queries'),
    text(
      'Each figure of this document is one of these, asked at the time beside it. `npm run slo -- postmortem verify` asks all of them again. Counts are the growth of counters between scrapes without extrapolation; a minute is bad when its share of bad events is above the budget.',
    ),
    { kind: 'figures', figures },
  ];
}

function overview({ incident, source, alerts }: Gathered, dueUtc: string): Block[] {
  const { objective, severity, alert } = incident;
  const { first_response: firstResponse } = commonAnnotations(objective, severity);
  const rows = [
    ['Objective', `${objective.displayName} (\`${objective.name}\`)`],
    ...(alert ? [['Alert', alert]] : []),
    ['Severity', `${severity}, first response: ${firstResponse}`],
    ['Owner', objective.owner],
    ['From', '[[first-bad]]'],
    ['To', endOf(incident)],
    ['Postmortem due', `${printed(secondsOf(dueUtc), 'utc')} (within 48 h)`],
    ['Runbook', `\`${objective.runbook}\``],
    ['Dashboard', `\`${objective.dashboard}\``],
    ['Asked at', `\`${source}\``],
    ...(alerts.stillFiring.length > 0 ? [['Still firing', alerts.stillFiring.join(', ')]] : []),
  ];
  return [{ kind: 'table', header: ['', ''], rows }];
}

function endOf({ end, span, shortWindow, limitShare }: Gathered['incident']): string {
  if (end === 'recovered') return '[[recovered]], [[lasted]] later';
  if (end === 'ongoing') return 'not over when this was written';
  return `${printed(span.toSeconds, 'utc')}; the share of the last ${shortWindow} was never above ${printed(limitShare, 'percent')}`;
}

interface Moment {
  atSeconds: number;
  cells: [string, string];
}

/** Everything that has a time, in its order. Rows whose time is not known are left out. */
function timeline({ values, figures, alerts, changes, loadTests, incident }: Gathered): Block[] {
  const moment = (id: string, what: string): Moment[] => {
    const atSeconds = values.get(id);
    return atSeconds === undefined ? [] : [{ atSeconds, cells: [`[[${id}]]`, what] }];
  };
  const ofRows = (rows: Row[]) => rows.flatMap(({ figure, text: what }) => moment(figure.id, note(figure.id, what)));
  const note = (id: string, what: string) => {
    const notes = [id === alerts.detected && 'detected', id === alerts.paged && 'first page'].filter(Boolean);
    return notes.length > 0 ? `${what}: ${notes.join(', ')}` : what;
  };
  const recovered = figures.find(({ id }) => id === 'recovered')?.title;
  const moments = [
    ...moment('first-bad', 'First bad minute begins'),
    ...moment('last-bad', 'Last bad minute ends'),
    ...(recovered ? moment('recovered', recovered) : []),
    ...ofRows(alerts.rows),
    ...ofRows(changes),
    ...loadTests.flatMap(({ fromSeconds, toSeconds, scenario, ratePerSecond, file }): Moment[] => [
      {
        atSeconds: fromSeconds,
        cells: [
          printed(fromSeconds, 'utc'),
          `load test ${scenario} begins: ${ratePerSecond} requests/s until ${printed(toSeconds, 'utc')} (\`${file}\`)`,
        ],
      },
    ]),
  ].sort((a, b) => a.atSeconds - b.atSeconds);
  return [
    { kind: 'table', header: ['time', 'what'], rows: moments.map(({ cells }) => cells) },
    ...(incident.end === 'ongoing' ? [text('The incident was not over when this was written.')] : []),
    write('who was paged and answered when, each decision and each step of the mitigation.'),
  ];
}

function detection({ incident, alerts }: Gathered): Block[] {
  if (!alerts.detected)
    return [text('No alert of this objective fired: nobody was told by it.'), write('who noticed, and how.')];
  const paged = alerts.paged
    ? `The first page came [[to-page]] after it.`
    : 'Nobody was paged: only tickets were made.';
  return [
    text(
      `The first alert fired [[to-detect]] after the first bad minute. ${paged} First response was due within ${commonAnnotations(incident.objective, incident.severity).first_response}.`,
    ),
    write('when the first person looked, and whether the alert said the right thing.'),
  ];
}

function cause({ changes, values, incident, loadTests }: Gathered): Block[] {
  const firstBad = values.get('first-bad') ?? incident.span.fromSeconds;
  const before = changes.filter(({ figure }) => (values.get(figure.id) ?? Number.POSITIVE_INFINITY) <= firstBad + 60);
  const runs = loadTests.filter(({ fromSeconds }) => fromSeconds <= firstBad + 60);
  const items = [
    ...before.map(({ figure, text: what }) => `[[${figure.id}]] ${what}`),
    ...runs.map(
      ({ fromSeconds, scenario, file }) => `${printed(fromSeconds, 'utc')} load test ${scenario} (\`${file}\`)`,
    ),
  ];
  return [
    text(
      items.length > 0
        ? 'What changed in the three hours before. That it came before does not make it the cause:'
        : 'Nothing changed in the three hours before as far as builds, weights of the balancer, restarts, scrapes and reports of load tests tell.',
    ),
    ...(items.length > 0 ? [{ kind: 'list' as const, items }] : []),
    write('the cause and why it could happen; its short form in `cause` at the top of this file.'),
  ];
}

function mitigation({ changes, values, incident }: Gathered): Block[] {
  const [from, to] = [values.get('first-bad') ?? incident.span.fromSeconds, incident.span.toSeconds];
  const during = changes.filter(({ figure }) => {
    const at = values.get(figure.id);
    return at !== undefined && at > from && at <= to;
  });
  return [
    text(`What the alert proposes: ${incident.objective.wayBack}`),
    ...(during.length > 0
      ? [
          text('What changed during the incident:'),
          { kind: 'list' as const, items: during.map(({ figure, text: what }) => `[[${figure.id}]] ${what}`) },
        ]
      : []),
  ];
}

function peakText({ figures }: Gathered, panel: string): string {
  const own = figures.filter(({ id }) => id === `peak-${panel}` || id.startsWith(`peak-${panel}-`));
  if (own.length === 1) return `[[${own[0]!.id}]]`;
  return own.map(({ id, title }) => `[[${id}]] (${title.slice(title.lastIndexOf(', ') + 2)})`).join(', ');
}
