// What happens behind a committed event: queues and consumers, providers, and what browsers report.
import { graphs } from '../hops.ts';
import type { RowSpec } from '../panels.ts';
import { once, quantile, rate } from '../queries.ts';

export const queues: RowSpec = {
  id: 1500,
  title: 'Events and queues',
  height: 7,
  panels: graphs([
    {
      id: 1501,
      title: 'Queue depth by consumer',
      description: 'Committed events that a consumer has not taken care of.',
      unit: 'none',
      queries: [{ expr: once('outbox_pending_events', 'group'), legend: '{{group}}' }],
    },
    {
      id: 1502,
      title: 'Events by outcome',
      description: 'Handled, retried, buried, duplicate. Retried and buried are the failure rate.',
      unit: 'ops',
      queries: [{ expr: `sum by (group, outcome) (${rate('relay_events_total')})`, legend: '{{group}} {{outcome}}' }],
    },
    {
      id: 1503,
      title: 'Messages of the broker',
      description:
        'Published, refused, received and redelivered messages a second; nothing with the in-process transport.',
      unit: 'ops',
      queries: [{ expr: `sum by (operation) (${rate('broker_messages_total')})`, legend: '{{operation}}' }],
    },
    {
      id: 1504,
      title: 'Dead letters and parked events',
      description: 'What waits for an operator (npm run deadletters), and what waits behind it.',
      unit: 'none',
      queries: [
        { expr: once('dead_letters', 'projection'), legend: '{{projection}} dead' },
        { expr: once('parked_events', 'projection'), legend: '{{projection}} parked' },
        { expr: 'max(notification_dead_letters)', legend: 'notifications dead' },
      ],
    },
    {
      id: 1505,
      title: 'Age of the oldest',
      description: 'How long the oldest event, statistic, notification and dead letter has been waiting.',
      unit: 's',
      queries: [
        { expr: once('outbox_oldest_pending_age_seconds', 'group'), legend: 'event for {{group}}' },
        { expr: 'max(statistic_oldest_dirty_age_seconds)', legend: 'statistic' },
        { expr: once('notification_queue_oldest_age_seconds', 'channel'), legend: 'notification by {{channel}}' },
        { expr: 'max(dead_letter_oldest_age_seconds)', legend: 'dead letter' },
      ],
    },
  ]),
};

export const outbound: RowSpec = {
  id: 1600,
  title: 'Providers and limits',
  height: 7,
  panels: graphs([
    {
      id: 1601,
      title: 'Calls to providers, p95',
      description: 'Time of one call to a provider by outcome; each retry counts alone.',
      unit: 's',
      queries: [
        {
          expr: quantile(0.95, 'outbound_request_duration_seconds_bucket', ', target, outcome'),
          legend: '{{target}} {{outcome}}',
        },
      ],
    },
    {
      id: 1602,
      title: 'Notifications by outcome',
      description: 'Sent, moved to the next channel, postponed, dead.',
      unit: 'ops',
      queries: [
        {
          expr: `sum by (channel, outcome) (${rate('notifications_total')})`,
          legend: '{{channel}} {{outcome}}',
        },
      ],
    },
    {
      id: 1603,
      title: 'Notifications waiting',
      description: 'Queue of each channel. A dead provider fills its own queue and no other.',
      unit: 'none',
      queries: [{ expr: once('notification_queue_messages', 'channel'), legend: '{{channel}}' }],
    },
    {
      id: 1604,
      title: 'Breakers round providers',
      description: 'Processes in each state. Open: the provider is not called for a while.',
      unit: 'none',
      queries: [{ expr: 'sum by (target, state) (outbound_breaker_state)', legend: '{{target}} {{state}}' }],
    },
    {
      id: 1605,
      title: 'Rate limits',
      description: 'Decisions a second by limit and outcome.',
      unit: 'ops',
      queries: [
        { expr: `sum by (kind, outcome) (${rate('rate_limit_decisions_total')})`, legend: '{{kind}} {{outcome}}' },
      ],
    },
  ]),
};

export const browsers: RowSpec = {
  id: 1700,
  title: 'Browsers and telemetry',
  height: 7,
  panels: graphs([
    {
      id: 1701,
      title: 'Web vitals, p75',
      description: 'As browsers measured them. Good is LCP 2.5 s, INP 0.2 s, FCP 1.8 s, TTFB 0.8 s.',
      unit: 's',
      queries: [
        { expr: quantile(0.75, 'web_vital_duration_seconds_bucket', ', vital, page'), legend: '{{vital}} {{page}}' },
      ],
    },
    {
      id: 1702,
      title: 'Layout shift, p75',
      description: 'Cumulative layout shift of a page. Good is 0.1, poor is 0.25.',
      unit: 'none',
      queries: [{ expr: quantile(0.75, 'web_vital_layout_shift_bucket', ', page'), legend: '{{page}}' }],
    },
    {
      id: 1703,
      title: 'Errors in browsers',
      description: 'Errors a second that pages reported, by page and version. Each has a line in the log.',
      unit: 'ops',
      queries: [{ expr: `sum by (page, version) (${rate('web_exceptions_total')})`, legend: '{{page}} {{version}}' }],
    },
    {
      id: 1704,
      title: 'Payloads of browsers',
      description: 'What came to /collect, by outcome. Limited or forbidden ones say who is knocking.',
      unit: 'ops',
      queries: [{ expr: `sum by (outcome) (${rate('web_collect_total')})`, legend: '{{outcome}}' }],
    },
    {
      id: 1705,
      title: 'Spans of sampled traces',
      description: 'Exported, failed (the receiver did not take them), dropped (the queue was full).',
      unit: 'ops',
      queries: [{ expr: `sum by (job, outcome) (${rate('trace_spans_total')})`, legend: '{{job}} {{outcome}}' }],
    },
  ]),
};
