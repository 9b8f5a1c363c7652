// The on-call page in the order of the questions: are users hurt, what changed, which hop, what to do. At most five graphs a question.
import type { Objective } from '../../slo/objectives/read.ts';
import type { PanelSpec, RowSpec, Threshold } from './panels.ts';

const MAIN = 'job="api",http_route=~"/api/v1/.*"';
const rate = (selector: string) => `rate(${selector}[$__rate_interval])`;
const quantile = (q: number, selector: string, by = '') =>
  `histogram_quantile(${q}, sum by (le${by}) (${rate(selector)}))`;

/** A third, a quarter and a fifth of the page's 24 columns (a fifth is not whole: 5+5+5+5+4). */
const FIVE = [5, 5, 5, 5, 4] as const;

type Graph = { [K in PanelSpec as K['kind']]: Omit<K, 'kind' | 'width'> }['timeseries'];
const graphs = (specs: Graph[]): PanelSpec[] =>
  specs.map((spec, index) => ({
    ...spec,
    kind: 'timeseries',
    width: specs.length === 5 ? FIVE[index]! : 24 / specs.length,
  }));

export function rows(objectives: Objective[]): RowSpec[] {
  return [usersHurt(objectives), whatChanged, requests, events, processes, whatToDo(objectives)];
}

function usersHurt(objectives: Objective[]): RowSpec {
  const left: Threshold[] = [
    { from: null, color: 'red' },
    { from: 0, color: 'yellow' },
    { from: 0.25, color: 'green' },
  ];
  const targets = objectives.map(({ name, target }) => `${name} ${+(target * 100).toFixed(3)} %`).join(', ');
  const burn = (window: string) => ({
    title: `Burn rate, ${window}`,
    unit: 'none',
    queries: [
      {
        expr: `slo:sli_error:ratio_rate${window} / on (slo, service) slo:error_budget:ratio`,
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
        queries: [{ expr: '1 - slo:sli_error:ratio_rate5m', legend: '{{slo}}' }],
      },
      {
        kind: 'stat',
        id: 102,
        title: 'Budget left this month',
        description:
          'Error budget left in the calendar month (UTC), weighted by events so far; below zero the objective is missed.',
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
          'p50, p95 and p99 of the service time under /api/v1. The line is the bound of the latency objective.',
        width: 4,
        unit: 's',
        thresholds: line(objectives.find(({ thresholdSeconds }) => thresholdSeconds)?.thresholdSeconds ?? 0.3),
        queries: [0.5, 0.95, 0.99].map((q) => ({
          expr: quantile(q, `http_server_request_duration_seconds_bucket{${MAIN}}`),
          legend: `p${q * 100}`,
        })),
      },
    ],
  };
}

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

const requests: RowSpec = {
  id: 300,
  title: 'Which hop? Requests',
  height: 7,
  panels: graphs([
    {
      id: 301,
      title: 'p95 by route',
      description: 'Which route is slow. All of them at once points at a process or a pool, one of them at its query.',
      unit: 's',
      queries: [
        {
          expr: quantile(0.95, `http_server_request_duration_seconds_bucket{${MAIN}}`, ', http_route'),
          legend: '{{http_route}}',
        },
      ],
    },
    {
      id: 302,
      title: 'Answers by status',
      description: 'Answers a second of the main API by status: 5xx are our errors, 4xx are refusals.',
      unit: 'reqps',
      queries: [
        {
          expr: `sum by (http_response_status_code) (${rate(`http_server_request_duration_seconds_count{${MAIN}}`)})`,
          legend: '{{http_response_status_code}}',
        },
      ],
    },
    {
      id: 303,
      title: 'Commands by outcome',
      description:
        'Accepted, replayed (same Idempotency-Key), rejected by a rule, failed. Many replays mean that callers give up waiting.',
      unit: 'ops',
      queries: [{ expr: `sum by (outcome) (${rate('ams_commands_total')})`, legend: '{{outcome}}' }],
    },
    {
      id: 304,
      title: 'Cache look-ups by outcome',
      description:
        'Hit, miss, stale, error. Errors mean that Redis did not answer in time; the database then carries the reads.',
      unit: 'ops',
      queries: [{ expr: `sum by (outcome) (${rate('cache_requests_total')})`, legend: '{{outcome}}' }],
    },
    {
      id: 305,
      title: 'Read your writes',
      description:
        'Reads that named a version: fresh at once, waited, stale. Waiting reads are slow because the projections are late.',
      unit: 'ops',
      queries: [{ expr: `sum by (outcome) (${rate('read_your_writes_total')})`, legend: '{{outcome}}' }],
    },
  ]),
};

const events: RowSpec = {
  id: 400,
  title: 'Which hop? Events',
  height: 7,
  panels: graphs([
    {
      id: 401,
      title: 'Oldest event in the outbox',
      description:
        'Age of the oldest committed event that is not applied. Grows steadily when the worker stands still.',
      unit: 's',
      queries: [{ expr: 'max(outbox_oldest_pending_age_seconds)', legend: 'oldest' }],
    },
    {
      id: 402,
      title: 'Events in the outbox',
      description:
        'Committed events that no consumer has applied. Grows with young events when the worker is only too slow.',
      unit: 'none',
      queries: [{ expr: 'max(outbox_pending_events)', legend: 'pending' }],
    },
    {
      id: 403,
      title: 'Projection lag, p95',
      description:
        'From the commit in PostgreSQL to the acknowledged write in MongoDB. Normal is a few hundred milliseconds at most.',
      unit: 's',
      queries: [{ expr: quantile(0.95, 'projection_lag_seconds_bucket', ', projection'), legend: '{{projection}}' }],
    },
    {
      id: 404,
      title: 'Events by outcome',
      description: 'Applied, duplicate, parked, retried, dead. Dead events wait for an operator.',
      unit: 'ops',
      queries: [{ expr: `sum by (outcome) (${rate('projection_events_total')})`, legend: '{{outcome}}' }],
    },
    {
      id: 405,
      title: 'Relay: time since the last poll',
      description:
        'Each poll leaves a heartbeat, whether it found anything or not. More than a few seconds: the relay hangs.',
      unit: 's',
      queries: [{ expr: 'time() - relay_heartbeat_timestamp_seconds', legend: '{{instance}}' }],
    },
  ]),
};

const processes: RowSpec = {
  id: 500,
  title: 'Which hop? Processes and pools',
  height: 7,
  panels: graphs([
    {
      id: 501,
      title: 'PostgreSQL pool',
      description: 'Connections by state. Callers waiting for one wait before their statement begins.',
      unit: 'none',
      queries: [{ expr: 'sum by (job, state) (pg_pool_connections)', legend: '{{job}} {{state}}' }],
    },
    {
      id: 502,
      title: 'MongoDB pool',
      description: 'Connections by state. Callers waiting for one wait before their query begins.',
      unit: 'none',
      queries: [{ expr: 'sum by (job, state) (mongodb_pool_connections)', legend: '{{job}} {{state}}' }],
    },
    {
      id: 503,
      title: 'Event loop lag, p99',
      description: 'How late a timer of the process fires. A blocked loop delays every request of that process.',
      unit: 's',
      queries: [{ expr: 'nodejs_eventloop_lag_p99_seconds', legend: '{{job}} {{instance}}' }],
    },
    {
      id: 504,
      title: 'CPU',
      description: 'Cores used by each process. One thread runs JavaScript: near 1 there is nothing left.',
      unit: 'none',
      queries: [{ expr: rate('process_cpu_seconds_total'), legend: '{{job}} {{instance}}' }],
    },
    {
      id: 505,
      title: 'Memory',
      description: 'Resident memory and JavaScript heap of each process. A line that only rises is a leak.',
      unit: 'bytes',
      queries: [
        { expr: 'process_resident_memory_bytes', legend: '{{job}} {{instance}} resident' },
        { expr: 'nodejs_heap_size_used_bytes', legend: '{{job}} {{instance}} heap' },
      ],
    },
  ]),
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
        queries: [{ expr: 'ALERTS{alertstate="firing"}', legend: '' }],
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
