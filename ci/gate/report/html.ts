// The result as one self-contained page: verdict, why, tables, curves, pairs, conditions. No script, nothing loaded.
import { escapeHtml, htmlList, htmlPage, htmlSection, htmlTable } from '../../../cli/html.ts';
import { percent } from '../decide.ts';
import type { GateResult } from '../result.ts';
import { conditions, METRIC_HEADER, metricRows, OBJECTIVE_HEADER, objectiveRows } from './cells.ts';
import { curvesPlot, pairsPlot } from './plots.ts';

export function htmlReport(result: GateResult): string {
  const compared = result.kind === 'pairs' && result.pairs.length > 0;
  const against = result.kind === 'pairs' ? 'head against base' : 'head against the objectives';
  const sections = [
    `<section>${htmlList(result.why)}</section>`,
    compared && htmlSection('What was measured', htmlTable(METRIC_HEADER, metricRows(result), rowClass) + METRIC_HELP),
    result.objectives.length > 0 &&
      htmlSection('Objectives', htmlTable(OBJECTIVE_HEADER, objectiveRows(result), rowClass)),
    result.curves.head.length > 0 &&
      htmlSection(
        'Response times',
        `<figure>${curvesPlot(result.curves, result.latencyLimitMs)}</figure>${legend(result)}`,
      ),
    compared && htmlSection('Pair by pair', `<figure>${pairsPlot(result)}</figure>${pairsHelp(result)}`),
    result.notes.length > 0 && htmlSection('Notes', htmlList(result.notes)),
    htmlSection('Conditions', htmlList(conditions(result))),
    htmlSection('Next', `<p><code>${escapeHtml(result.next)}</code></p>`),
  ];
  return htmlPage({
    title: `${result.verdict}: performance gate`,
    heading: result.verdict,
    subtitle: `${against}, ${result.startedAt}, ${result.seconds.toFixed(0)} s`,
    state: STATES[result.verdict],
    style: STYLE,
    main: sections.filter(Boolean).join('\n'),
  });
}

const STATES: Partial<Record<GateResult['verdict'], 'pass' | 'bad' | 'open'>> = {
  PASS: 'pass',
  REGRESSION: 'bad',
  'OBJECTIVE MISSED': 'bad',
  INCONCLUSIVE: 'open',
};

const STYLE = `
:root { --base: var(--blue); --head: var(--orange); }
th, td { white-space: nowrap; }
td:last-child { white-space: normal; }
.legend .base { color: var(--base); }
.legend .head { color: var(--head); }
`;

const METRIC_HELP = `<p class="soft">Base and head are geometric means over the pairs. The interval is the one the rule used: below its lower end with the
chance of a false alarm, above its upper end with the chance of a false pass, both spent over the looks. "Could have seen" is
the smallest slowdown that these pairs would have told from none with power 0.9.</p>`;

const legend = (result: GateResult) =>
  `<p class="legend">${result.curves.base ? '<span class="base">base</span> ' : ''}<span class="head">head</span> all turns together; a request without an answer counts as the time-out.</p>`;

const pairsHelp = (result: GateResult) =>
  `<p class="soft">A dot is one pair. "all" is the estimate with the interval of the table. Dashed line: tolerance ${percent(result.rule.tolerance)}.</p>`;

function rowClass(row: string[]): string | undefined {
  const judgement = row.at(-1)!;
  if (judgement === 'slower' || judgement.startsWith('missed')) return 'bad';
  return judgement === 'shown only' ? 'soft' : undefined;
}
