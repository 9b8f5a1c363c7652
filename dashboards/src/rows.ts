// The on-call page in the order of the questions: are users hurt, what changed, which hop, what to do. At most five graphs a question.
import type { Objective } from '../../slo/objectives/read.ts';
import { events, processes, requests } from './hops.ts';
import type { PanelSpec, RowSpec, Threshold } from './panels.ts';
import { MAIN, quantile, rate } from './queries.ts';
import type { Targets } from './targets.ts';

export function rows({ whole, flows }: Targets): RowSpec[] {
  const all = [...whole, ...flows];
  return [usersHurt(whole), flowsHurt(flows), whatChanged, requests, events, processes, whatToDo(all)];
}

function usersHurt(objectives: Objective[]): RowSpec {
  const left: Threshold[] = [
    { from: null, color: 'red' },
    { from: 0, color: 'yellow' },
    { from: 0.25, color: 'green' },
  ];
  const targets = objectives.map(({ name, target }) => `${name} ${+(target * 100).toFixed(3)} %`).join(', ');
  const those = `{slo=~"${objectives.map(({ name }) => name).join('|')}"}`;
  const burn = (window: string) => ({
    title: `Burn rate, ${window}`,
    unit: 'none',
    queries: [
      {
        expr: `slo:sli_error:ratio_rate${window}${those} / on (slo, service) slo:error_budget:ratio`,
        legend: '{{slo}}',
      },
    ],
  });
  const page = (tier: number) =>
    Math.min(...objectives.map(({ policy }) => policy[tier]?.factor ?? Number.POSITIVE_INFINITY));
  const line = (factor: number): Threshold[] => [
    { from: null, color: 'green' },
    { from: factor, color: 'red' },
  ];
  return {
    id: 100,
    title: 'Are users hurt?',
    height: 7,
    panels: [
      {
        kind: 'stat',
        id: 101,
        title: 'Indicator now',
        description: `Share of good events or time slices in the last five minutes. Targets: ${targets}.`,
        width: 5,
        unit: 'percentunit',
        thresholds: [
          { from: null, color: 'red' },
          { from: Math.min(...objectives.map(({ target }) => target)), color: 'green' },
        ],
        queries: [{ expr: `1 - slo:sli_error:ratio_rate5m${those}`, legend: '{{slo}}' }],
      },
      {
        kind: 'stat',
        id: 102,
        title: 'Budget left this month',
        description:
          'Error budget left in the calendar month (UTC) of the whole and of each flow, weighted by events so far; below zero the objective is missed.',
        width: 5,
        unit: 'percentunit',
        thresholds: left,
        queries: [{ expr: 'slo:budget_remaining:ratio_month', legend: '{{slo}}' }],
      },
      {
        ...burn('1h'),
        kind: 'timeseries',
        id: 103,
        width: 5,
        description: `How many times too fast the budget burns; 1 uses it up exactly at the end of the month. The line is the lowest factor that pages (${page(0)}).`,
        thresholds: line(page(0)),
      },
      {
        ...burn('6h'),
        kind: 'timeseries',
        id: 104,
        width: 5,
        description: `The slower page: less steep, and over six hours. The line is the lowest factor that pages (${page(1)}).`,
        thresholds: line(page(1)),
      },
      {
        kind: 'timeseries',
        id: 105,
        title: 'Response time of the main API',
        description:
          'p50, p95 and p99 of the service time under /api/v1. The line is the bound of the latency objective; a point is a sampled trace, one click away.',
        width: 4,
        unit: 's',
        thresholds: line(objectives.find(({ thresholdSeconds }) => thresholdSeconds)?.thresholdSeconds ?? 0.3),
        queries: [0.5, 0.95, 0.99].map((q) => ({
          expr: quantile(q, `http_server_request_duration_seconds_bucket{${MAIN}}`),
          legend: `p${q * 100}`,
          // Of one line only: all three would show the same points.
          ...(q === 0.95 && { exemplars: true as const }),
        })),
      },
    ],
  };
}

/** A graph for each flow: how much of it is bad, and from where on it pages. */
function flowsHurt(flows: Objective[]): RowSpec {
  return {
    id: 150,
    title: 'Are users hurt? Which flow?',
    height: 6,
    panels: flows.map(({ name, displayName, description, target, policy }, index): PanelSpec => {
      const [{ factor, long, short }] = policy as [Objective['policy'][number]];
      const pages = +((1 - target) * factor).toPrecision(4);
      return {
        kind: 'timeseries',
        id: 151 + index,
        title: displayName,
        description: `What the others are is bad: ${description} It pages where both lines are above ${+(pages * 100).toPrecision(4)} %.`,
        width: FLOW_WIDTHS[index] ?? 0,
        unit: 'percentunit',
        thresholds: [
          { from: null, color: 'green' },
          { from: pages, color: 'red' },
        ],
        queries: [short, long].map((window) => ({
          expr: `slo:sli_error:ratio_rate${window}{slo="${name}"}`,
          legend: `bad in ${window}`,
        })),
      };
    }),
  };
}

/** Five fill the page, and a row has no more. */
const FLOW_WIDTHS = [5, 5, 5, 5, 4];

const whatChanged: RowSpec = {
  id: 200,
  title: 'What changed?',
  height: 7,
  panels: [
    {
      kind: 'table',
      id: 201,
      title: 'Builds that run',
      description:
        'Version and commit of every process. Two commits at once are a deployment under way or one that got stuck.',
      width: 8,
      hide: [],
      queries: [{ expr: 'ams_build_info', legend: '' }],
    },
    {
      kind: 'timeseries',
      id: 202,
      title: 'Time since the start of each process',
      description: 'Falls to zero at a restart. A saw that nobody deployed is a crash loop.',
      width: 8,
      unit: 's',
      queries: [{ expr: 'time() - process_start_time_seconds', legend: '{{job}} {{instance}}' }],
    },
    {
      kind: 'timeseries',
      id: 203,
      title: 'Traffic',
      description: 'Requests a second of the main API by route. Check-ins burst in the minutes around the hour.',
      width: 8,
      unit: 'reqps',
      queries: [
        {
          expr: `sum by (http_route) (${rate(`http_server_request_duration_seconds_count{${MAIN}}`)})`,
          legend: '{{http_route}}',
        },
      ],
    },
  ],
};

function whatToDo(objectives: Objective[]): RowSpec {
  const lines = objectives.map(
    ({ alert, impact, owner, wayBack, runbook }) => `| ${alert} | ${impact} | ${owner} | ${wayBack} | \`${runbook}\` |`,
  );
  return {
    id: 600,
    title: 'What to do?',
    height: 8,
    panels: [
      {
        kind: 'table',
        id: 601,
        title: 'Alerts that fire',
        description: 'Alerts firing now, with their objective, tier and severity. Empty is good.',
        width: 8,
        hide: ['alertstate'],
        queries: [{ expr: 'ALERTS{alertstate="firing",notify!="nobody"}', legend: '' }],
      },
      {
        kind: 'text',
        id: 602,
        title: 'Runbooks',
        description: 'What each alert means for people, who owns it, the way back, and its page in the repository.',
        width: 16,
        markdown: ['| alert | impact | owner | way back | runbook |', '|---|---|---|---|---|', ...lines].join('\n'),
      },
    ],
  };
}
