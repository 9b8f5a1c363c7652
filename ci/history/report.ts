// The history for people: what changed and when, as text for a terminal and as one self-contained page. Pure.
import { escapeHtml, htmlList, htmlPage, htmlSection, htmlTable } from '../../cli/html.ts';
import { table } from '../../cli/table.ts';
import { percent } from '../gate/words.ts';
import { changeSinceStart, type Finding } from './findings.ts';
import { seriesPlot } from './plot.ts';
import type { History } from './record.ts';
import type { Series } from './series.ts';

export interface HistoryReport {
  store: string;
  history: History;
  series: Series[];
  findings: Finding[];
}

const BARS = '▁▂▃▄▅▆▇█';
const SHOWN = 48;
const METRIC_HEADER = ['metric', 'results', 'since the first base', 'changes found'];
const FINDING_HEADER = ['metric', 'what', 'between', 'change', '95 % interval', 'p'];

const pointsOf = (series: Series) => series.stretches.flatMap((stretch) => stretch.points);
const short = (commit: string) => commit.slice(0, 10);

/** The level of the last results as a row of bars; the lowest level is the lowest bar. */
export function bars(levels: readonly number[]): string {
  const shown = levels.slice(-SHOWN);
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  const place = (level: number) => (high > low ? Math.round(((level - low) / (high - low)) * (BARS.length - 1)) : 0);
  return shown.map((level) => BARS[place(level)]).join('');
}

function metricRows({ series, findings }: HistoryReport): string[][] {
  return series.map((one) => [
    one.metric,
    String(pointsOf(one).length),
    percent(changeSinceStart(one)),
    String(findings.filter((finding) => finding.metric === one.metric).length),
  ]);
}

function findingRows(findings: readonly Finding[]): string[][] {
  return findings.map((finding) => [
    finding.metric,
    finding.kind === 'step' ? 'step' : `creep over ${finding.commits} results`,
    `${short(finding.from)} and ${short(finding.to)}`,
    percent(finding.effect),
    `${percent(finding.lower)} to ${percent(finding.upper)}`,
    finding.pValue < 1e-6 ? '< 0.000001' : finding.pValue.toFixed(6),
  ]);
}

function notes({ history, series }: HistoryReport): string[] {
  const cuts = series.some((one) => one.stretches.some((stretch) => stretch.isCut));
  const chains = series.some((one) => one.stretches.some((stretch) => stretch.kind === 'chain'));
  return [
    ...history.malformed.map(({ line, why }) => `line ${line} of the store is no record and was left out: ${why}`),
    ...(cuts ? ['the curve begins anew where a result was compared with a build that has no result of its own'] : []),
    ...(chains
      ? [
          'results against the build before add up their errors: a reference build (npm run gate -- --base TAG) finds a smaller creep',
        ]
      : []),
  ];
}

export function terminalHistory(report: HistoryReport, reportFile: string): string {
  const { series, findings, history, store } = report;
  return [
    `${history.records.length} results in ${store}`,
    '',
    table(METRIC_HEADER, metricRows(report)),
    '',
    ...series.map((one) => `${bars(pointsOf(one).map((point) => point.level))}  ${one.metric}`),
    '',
    ...(findings.length > 0 ? [table(FINDING_HEADER, findingRows(findings))] : ['no change found']),
    ...notes(report).map((note) => `note: ${note}`),
    '',
    `report: ${reportFile}`,
    'next:   npm run history -- csv',
  ].join('\n');
}

export function htmlHistory(report: HistoryReport): string {
  const { series, findings, history, store } = report;
  const worse = findings.filter((finding) => finding.effect > 0);
  const first = history.records[0]!;
  const last = history.records.at(-1)!;
  const found =
    findings.length === 0
      ? '<p>None.</p>'
      : htmlTable(FINDING_HEADER, findingRows(findings), (_, index) =>
          findings[index]!.effect > 0 ? 'bad' : undefined,
        );
  const said = notes(report);
  const sections = [
    htmlSection('Changes', found + HELP),
    htmlSection('Metrics', htmlTable(METRIC_HEADER, metricRows(report))),
    ...series.map((one) =>
      htmlSection(
        one.metric,
        `<figure>${seriesPlot(
          one,
          findings.filter((finding) => finding.metric === one.metric),
        )}</figure>`,
      ),
    ),
    said.length > 0 && htmlSection('Notes', htmlList(said)),
    htmlSection('Store', `<p><code>${escapeHtml(store)}</code></p>`),
  ];
  return htmlPage({
    title: 'Performance history',
    subtitle: `${history.records.length} results from ${first.committedAt.slice(0, 10)} to ${last.committedAt.slice(0, 10)}; ${worse.length} for the worse, ${findings.length - worse.length} for the better`,
    state: worse.length > 0 ? 'bad' : 'pass',
    main: sections.filter(Boolean).join('\n'),
  });
}

const HELP = `<p class="soft">A step is a change point (E-divisive, t test, p below 0.001) of results against one reference build. A creep is a stretch of
results, each against the build before, whose steps have a mean that is surely not zero. The curve is the change since the first base; a line is a mean between changes.</p>`;
