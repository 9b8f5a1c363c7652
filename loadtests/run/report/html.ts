// The result of a run as one HTML file: VALID or INVALID first, then what the callers saw, then the server's side on the same time axis.
import { escapeHtml, htmlList, htmlPage, htmlSection, htmlTable } from '../../../cli/html.ts';
import { phasesOf } from '../../workload/plan.ts';
import { ms, percent, stepRow } from '../cells.ts';
import type { StepFold } from '../fold.ts';
import type { RunResult } from '../result.ts';
import { verdictOf } from '../result.ts';
import {
  COLOURS,
  CURVES,
  coursePlot,
  distributionPlot,
  PLOT_STYLE,
  panelPlot,
  RATES,
  ratePlot,
  type TimeAxis,
} from './plots.ts';
import { auditText, lagText, limitRow, recoveryText, slopeText, VERDICT_TEXT } from './words.ts';

const figure = (svg: string, caption: string) =>
  svg === '' ? '' : `<figure>${svg}<figcaption>${escapeHtml(caption)}</figcaption></figure>`;

const legend = (names: readonly string[]) =>
  `<p class="legend">${names
    .map((name, index) => `<span style="color:${COLOURS[index % COLOURS.length]}">${escapeHtml(name)}</span>`)
    .join('')}</p>`;

const STEP_HEADER = ['', 'count', 'errors', 'service p50', 'p95', 'p99', 'response p50', 'p95', 'p99'];

/** One self-contained page; nothing is loaded. */
export function runHtml(result: RunResult): string {
  const { validity, plan, folded, objectives } = result;
  const { verdict } = verdictOf(result);
  const axis: TimeAxis = { durationMs: plan.durationMs, phases: phasesOf(plan) };
  const threshold = objectives.find(({ indicator }) => indicator === 'latency')?.thresholdSeconds;
  const limitMs = threshold === undefined ? null : threshold * 1000;
  const word = validity.valid ? 'VALID' : 'INVALID';
  return htmlPage({
    title: `${result.scenario} on ${result.service}: ${word}${validity.valid ? `, ${verdict}` : ''}`,
    subtitle: `${plan.arrivals} requests, up to ${plan.ratePerSecond}/s, ${+(folded.measuredMs / 1000).toFixed(1)} s behind the warm-up, seed ${plan.seed}, started ${result.startedAt}`,
    state: !validity.valid ? 'open' : verdict === 'PASS' ? 'pass' : 'bad',
    style: PLOT_STYLE,
    main: [
      validitySection(result),
      judgementSection(result),
      timesSection(result, axis, limitMs),
      phasesSection(result),
      serverSection(result, axis),
      environmentSection(result),
    ].join('\n'),
  });
}

function validitySection({ validity, stopped }: RunResult): string {
  const reasons = validity.reasons.map(({ message, advice }) => `${message}. ${advice}`);
  const parts = [
    ...(reasons.length > 0 ? [htmlSection('Why it cannot be believed', htmlList(reasons))] : []),
    ...(stopped ? [htmlSection('Ended early', `<p>${escapeHtml(stopped.message)}</p>`)] : []),
    ...(validity.notes.length > 0 ? [htmlSection('To know', htmlList(validity.notes))] : []),
  ];
  return parts.join('\n');
}

function judgementSection(result: RunResult): string {
  const { objectives, limits, validity, course } = result;
  const judged = (met: boolean) => (!validity.valid ? 'not judged' : met ? 'met' : 'MISSED');
  const rows = objectives.map(({ displayName, target, value, good, total, met }) => [
    ...[displayName, percent(target), percent(value!), `${total - good} of ${total}`, judged(met)],
  ]);
  const isBad = (row: string[]) => (row.at(-1) === 'MISSED' ? 'bad' : undefined);
  const lines = [
    ...course.recoveries.map(recoveryText),
    ...course.slopes.map(slopeText),
    auditText(result.audit),
    lagText(result.lag),
  ];
  return htmlSection(
    VERDICT_TEXT[verdictOf(result).verdict] || 'No verdict',
    htmlTable(['objective', 'target', 'seen', 'bad', 'judgement'], rows, isBad) +
      (limits.length === 0
        ? ''
        : htmlTable(
            ['phase', 'limit of the scenario', 'allowed', 'seen', 'judgement'],
            limits.map((limit) => limitRow(limit, judged(limit.met))),
            isBad,
          )) +
      htmlList(lines.flatMap((line) => line.split('\n'))),
  );
}

function timesSection({ folded, plan }: RunResult, axis: TimeAxis, limitMs: number | null): string {
  const { windows, total, phases, steps } = folded;
  const curves: [string, StepFold['response']][] =
    phases.length > 1 ? phases.map(({ phase, total: all }) => [phase.name, all.response]) : [['all', total.response]];
  const byStep = Object.entries(steps).sort(([a], [b]) => a.localeCompare(b));
  const width = `${windows.widthMs / 1000} s`;
  return [
    htmlSection(
      'Response time over time',
      legend(CURVES) +
        figure(
          coursePlot(windows, axis, limitMs),
          `Each point is a window of ${width}, by when its requests were planned; a quantile with fewer than five requests beyond it is left out.`,
        ) +
        legend(RATES) +
        figure(
          ratePlot(windows, axis),
          `Requests per second: planned, started (whenever they were planned), and not answered with a success. ${plan.arrivals} planned, ${folded.missing} never sent.`,
        ),
    ),
    htmlSection(
      'Distribution',
      legend(curves.map(([name]) => name)) +
        figure(
          distributionPlot(curves, limitMs),
          'From the planned start to the last byte, warm-up left out; requests without an answer lie above everything.',
        ) +
        `<h3>By endpoint</h3>${legend(byStep.map(([name]) => name))}` +
        figure(
          distributionPlot(
            byStep.map(([name, step]) => [name, step.response]),
            limitMs,
          ),
          'The same for each step of the workload.',
        ),
    ),
  ].join('\n');
}

function phasesSection({ folded }: RunResult): string {
  const tables = folded.phases.map(({ phase, total, steps }) => {
    const rows = Object.entries(steps).sort(([a], [b]) => a.localeCompare(b));
    const title = `${phase.name} (${phase.kind}, ${((phase.toMs - phase.fromMs) / 1000).toFixed(0)} s)`;
    return `<h3>${escapeHtml(title)}</h3>${htmlTable(STEP_HEADER, [
      ...rows.map(([name, step]) => stepRow(name, step)),
      stepRow('total', total),
    ])}`;
  });
  return htmlSection(
    'Endpoints by phase',
    `${tables.join('\n')}<p class="soft">Times in ms. Response: from the planned start; service: from sending. "-": too few values; "never": not answered.</p>`,
  );
}

function serverSection({ server, cpuMs, folded, balance }: RunResult, axis: TimeAxis): string {
  const perRequest = Object.entries(cpuMs).map(
    ([name, used]) => `CPU of ${name}: ${(used / Math.max(1, folded.total.answered)).toFixed(2)} ms per request`,
  );
  const shares = Object.entries(balance?.requests ?? {}).map(([name, count]) => `${name}: ${count} requests`);
  const panels = server.panels.map(
    (panel) =>
      `<h3>${escapeHtml(panel.title)}</h3>${legend(panel.lines.map(({ name }) => name))}${figure(panelPlot(panel, server.atMs, axis), '')}`,
  );
  const none =
    '<p class="soft">Nothing was read: the system was not started by this run, or its service file names no metrics.</p>';
  return htmlSection("The server's side", htmlList([...perRequest, ...shares]) + (panels.join('\n') || none));
}

function environmentSection({ environment, generator, calibration, folded, target }: RunResult): string {
  const share = generator.cpuMs / (generator.wallMs * generator.cores);
  const { parts } = environment;
  const rows = [
    [
      'machine',
      `${environment.cpu}, ${environment.cores} cores, ${(environment.memoryBytes / 2 ** 30).toFixed(1)} GiB, ${environment.kernel}`,
    ],
    [
      'versions',
      [`node ${environment.node}`, `k6 ${environment.k6}`, ...Object.entries(parts).map((one) => one.join(' '))].join(
        ', ',
      ),
    ],
    [
      'commit',
      environment.commit === '' ? 'not known' : `${environment.commit}${environment.dirty ? ', with changes' : ''}`,
    ],
    ['target', target],
    [
      'generator',
      `${percent(share)} of all cores; late p50 ${ms(folded.lateness, 0.5)} ms, p99 ${ms(folded.lateness, 0.99)} ms`,
    ],
    [
      'generator alone',
      calibration === null
        ? 'not calibrated'
        : `at ${calibration.ratePerSecond}/s against a server that does nothing: service p50 ${calibration.serviceP50Ms.toFixed(2)} ms, p95 ${calibration.serviceP95Ms.toFixed(2)} ms, late p99 ${calibration.latenessP99Ms.toFixed(2)} ms, ${calibration.cpuMsPerRequest.toFixed(2)} ms CPU per request`,
    ],
  ];
  return htmlSection('Where', htmlTable(['', ''], rows));
}
