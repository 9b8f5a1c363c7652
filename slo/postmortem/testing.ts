// A recorded incident whose every figure is known, because it was planted: OpenMetrics text, for tests.
import { isoOf, secondsOf } from './units.ts';

const EVERY = 15;
const at = (time: string) => secondsOf(`2026-11-20T${time}Z`);

/**
 * Scrapes every 15 s from 07:00:07 to 12:00 (UTC) on a Friday of a month of 30 days. Two instances answer 200 requests each between two
 * scrapes, 20 of them in more than 300 ms. From 10:04 until 10:24 api-1 fails 50 and api-2 fails 30 of them: 80 of 400 = 20 %.
 * From 11:00 until 11:06 nobody answers anything.
 */
export const PLANTED = {
  begin: at('07:00:07'),
  end: at('12:00:00'),
  badFrom: at('10:04:00'),
  badTo: at('10:24:00'),
  /** Another version from here, the old one again from there. */
  deployed: at('10:01:37'),
  wayBack: at('10:22:07'),
  /** api-2 begins anew, its counters at 0: after the scrape of 10:11:52. */
  restarted: at('10:12:00'),
  /** An answer of its own long before: 20 requests at one scrape. */
  earlier: at('07:30:07'),
  page: { from: at('10:08:30'), to: at('10:30:00') },
  /** No instance answers a scrape: 24 slices of 15 s. */
  outage: { from: at('11:00:00'), to: at('11:06:00') },
  outagePage: { from: at('11:04:30'), to: at('11:11:00') },
  page6h: { from: at('10:11:00'), to: at('10:40:30') },
} as const;

const ROUTE = '/api/v1/classes/:classId/check-ins';
const LABELS = (instance: string, status: string, route = ROUTE) =>
  `job="api",instance="${instance}",http_request_method="POST",http_route="${route}",http_response_status_code="${status}"`;

/** The text of the recording. `le="0.3"` counts what was within 300 ms. */
export function plantedRecording(): string {
  const series = new Map<string, string[]>();
  const sample = (name: string, value: number, seconds: number) => {
    const lines = series.get(name) ?? [];
    series.set(name, lines);
    lines.push(`${name} ${value} ${seconds}`);
  };
  const counters = new Map<string, number>();
  const count = (name: string, by: number, seconds: number, base = 0) => {
    counters.set(name, (counters.get(name) ?? base) + by);
    sample(name, counters.get(name)!, seconds);
  };
  for (let now: number = PLANTED.begin; now <= PLANTED.end; now += EVERY) {
    const bad = now > PLANTED.badFrom && now <= PLANTED.badTo;
    for (const [instance, failing] of [
      ['api-1', 50],
      ['api-2', 30],
    ] as const) {
      const restarted = instance === 'api-2' && now > PLANTED.restarted;
      if (restarted && now - EVERY <= PLANTED.restarted) {
        for (const name of counters.keys()) if (name.includes('api-2')) counters.set(name, 0);
      }
      const away = now > PLANTED.outage.from && now <= PLANTED.outage.to;
      sample(`up{job="api",instance="${instance}"}`, away ? 0 : 1, now);
      if (away) continue;
      const failed = bad ? failing : 0;
      const metric = 'http_server_request_duration_seconds';
      count(`${metric}_count{${LABELS(instance, '200')}}`, 200 - failed, now, 1_000_000);
      count(`${metric}_bucket{${LABELS(instance, '200')},le="0.3"}`, 180 - failed, now, 900_000);
      // The series of a status is born with its first answer.
      if (now > PLANTED.badFrom) {
        count(`${metric}_count{${LABELS(instance, '500')}}`, failed, now);
        count(`${metric}_bucket{${LABELS(instance, '500')},le="0.3"}`, failed, now);
      }
      // Not a request of the main API: whatever it answers, it is not counted.
      count(`${metric}_count{${LABELS(instance, '503', '/actuator/health')}}`, 5, now);
      sample(
        `process_start_time_seconds{job="api",instance="${instance}"}`,
        restarted ? PLANTED.restarted : at('06:00:00'),
        now,
      );
      const version = now > PLANTED.deployed && now <= PLANTED.wayBack ? '1.5.0' : '1.4.0';
      sample(
        `ams_build_info{job="api",instance="${instance}",role="api",version="${version}",commit="c${version}"}`,
        1,
        now,
      );
    }
    const onTheNew = now > PLANTED.deployed && now <= PLANTED.wayBack;
    sample('haproxy_server_weight{job="haproxy",proxy="api",server="green"}', onTheNew ? 26 : 0, now);
    if (now >= PLANTED.earlier) {
      const name = `http_server_request_duration_seconds_count{${LABELS('api-1', '502')}}`;
      count(name, now === PLANTED.earlier ? 20 : 0, now);
    }
    sample(`pg_pool_connections{job="api",instance="api-1",state="waiting"}`, bad ? 12 : 0, now);
  }
  for (let now = at('07:00:15'); now <= PLANTED.end; now += EVERY) {
    const good = now <= PLANTED.outage.from || now > PLANTED.outage.to;
    sample('slo:slice_good:bool{slo="availability",service="ams"}', good ? 1 : 0, now);
  }
  const alert = (labels: string, { from, to }: { from: number; to: number }) => {
    for (let now = from; now <= to; now += 30) sample(`ALERTS{alertname=${labels},alertstate="firing"}`, 1, now);
  };
  const own = (tier: string, notify: string, severity: string) =>
    `"ErrorBudgetBurn",slo="errors",service="ams",indicator="errors",tier="${tier}",notify="${notify}",severity="${severity}"`;
  alert(own('1h', 'page', 'sev-2'), PLANTED.page);
  alert(own('6h', 'page', 'sev-2'), PLANTED.page6h);
  alert(own('1d', 'ticket', 'sev-3'), { from: at('10:15:00'), to: PLANTED.end });
  const down = '"AvailabilityBudgetBurn",slo="availability",service="ams",tier="1h",notify="page",severity="sev-1"';
  alert(down, PLANTED.outagePage);
  alert('"DiskFull",notify="ticket"', { from: at('09:00:00'), to: at('09:20:00') });
  return `${[...series.values()].flat().join('\n')}\n# EOF\n`;
}

interface LogLine {
  time: string;
  tenant: string;
  status: number;
  elapsedMs?: number;
  route?: string;
}

/** A line of the API's log, with a person in it. */
export const logLine = ({ time, tenant, status, elapsedMs = 12, route = ROUTE }: LogLine) =>
  JSON.stringify({
    level: status >= 500 ? 'error' : 'info',
    timestamp: isoOf(at(time)),
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    tenantId: tenant,
    actor: 'kim-minji',
    useCase: 'checkIn',
    elapsedMs,
    message: `POST ${route} ${status}`,
    detail: { role: 'api', method: 'POST', route, status, member: 'Lee Jun' },
  });
