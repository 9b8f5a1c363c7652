// The instances of the API, and how the balancer spreads requests over them.
import { graphs } from '../hops.ts';
import type { RowSpec } from '../panels.ts';
import { MAIN, quantile, rate } from '../queries.ts';

const API_REQUESTS = `http_server_request_duration_seconds_count{${MAIN}}`;
/** The build that answered, as a label. */
const WITH_VERSION = '* on (job, instance) group_left (version) ams_build_info';

export const application: RowSpec = {
  id: 1000,
  title: 'Application',
  height: 7,
  panels: graphs([
    {
      id: 1001,
      title: 'CPU of each process',
      description: 'Cores used. At 60 % for five minutes one scales out; at 80 % scaling up has ended.',
      unit: 'percentunit',
      queries: [{ expr: rate('process_cpu_seconds_total'), legend: '{{job}} {{instance}}' }],
    },
    {
      id: 1002,
      title: 'Requests of each instance',
      description: 'Requests a second of the main API. Unequal lines mean unequal weights, or an instance that is out.',
      unit: 'reqps',
      queries: [{ expr: `sum by (instance) (${rate(API_REQUESTS)})`, legend: '{{instance}}' }],
    },
    {
      id: 1003,
      title: 'Response time of each instance, p95',
      description: 'One instance slower than the others is ill by itself. The points are sampled traces.',
      unit: 's',
      queries: [
        {
          expr: quantile(0.95, `http_server_request_duration_seconds_bucket{${MAIN}}`, ', instance'),
          legend: '{{instance}}',
          exemplars: true,
        },
      ],
    },
    {
      id: 1004,
      title: 'Event loop',
      description: 'Share of time that the one thread of JavaScript is busy. Near 1 everything waits for it.',
      unit: 'percentunit',
      max: 1,
      queries: [{ expr: rate('nodejs_eventloop_active_seconds_total'), legend: '{{job}} {{instance}}' }],
    },
    {
      id: 1005,
      title: 'Warm-up',
      description:
        'Time from the start of a process until it was ready and until it had answered 1,000 requests; and the p95 of those requests.',
      unit: 's',
      queries: [
        { expr: 'process_warm_up_seconds > 0', legend: '{{instance}} {{stage}}' },
        {
          expr: 'histogram_quantile(0.95, sum by (le, instance) (http_server_warm_up_request_duration_seconds_bucket))',
          legend: '{{instance}} p95',
        },
      ],
    },
  ]),
};

export const releases: RowSpec = {
  id: 1100,
  title: 'Balancer and releases',
  height: 7,
  panels: graphs([
    {
      id: 1101,
      title: 'Split by version',
      description: 'Share of the requests that each version answers: what `npm run release` has asked for, as it is.',
      unit: 'percentunit',
      max: 1,
      queries: [
        {
          expr: `sum by (version) (${rate(API_REQUESTS)} ${WITH_VERSION}) / ignoring (version) group_left sum (${rate(API_REQUESTS)})`,
          legend: '{{version}}',
        },
      ],
    },
    {
      id: 1102,
      title: 'Response time by version, p95',
      description: 'The canary against the version that it replaces, on the same traffic.',
      unit: 's',
      queries: [
        {
          expr: `histogram_quantile(0.95, sum by (le, version) (${rate(`http_server_request_duration_seconds_bucket{${MAIN}}`)} ${WITH_VERSION}))`,
          legend: '{{version}}',
          exemplars: true,
        },
      ],
    },
    {
      id: 1103,
      title: 'Errors by version',
      description: 'Share of answers with 5xx. A version that errs more than the other goes back.',
      unit: 'percentunit',
      queries: [
        {
          expr: `sum by (version) (${rate(`http_server_request_duration_seconds_count{${MAIN},http_response_status_code=~"5.."}`)} ${WITH_VERSION}) / sum by (version) (${rate(API_REQUESTS)} ${WITH_VERSION})`,
          legend: '{{version}}',
        },
      ],
    },
    {
      id: 1104,
      title: 'Answers of each server, as the balancer counts',
      description: 'Answers a second by server and class of status; what the balancer refused itself is not in it.',
      unit: 'reqps',
      queries: [
        {
          expr: `sum by (server, code) (${rate('haproxy_server_http_responses_total')})`,
          legend: '{{server}} {{code}}',
        },
      ],
    },
    {
      id: 1105,
      title: 'Weights and queue',
      description: 'Weight of each server; 0 gets nothing new. A queue means that every server has all it may have.',
      unit: 'none',
      queries: [
        { expr: 'haproxy_server_weight', legend: '{{proxy}} {{server}}' },
        { expr: 'haproxy_backend_current_queue', legend: '{{proxy}} queue' },
      ],
    },
  ]),
};
