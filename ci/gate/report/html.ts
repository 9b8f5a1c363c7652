// The result as one self-contained page: verdict, why, tables, curves, pairs, conditions. No script, nothing loaded.
import { escapeHtml, htmlList, htmlPage, htmlSection, htmlTable } from '../../../cli/html.ts';
import type { GateResult } from '../result.ts';
import {
  acceptedLines,
  COUNTER_HEADER,
  conditions,
  confirmationLines,
  counterRows,
  looseRows,
  METRIC_HEADER,
  metricRows,
  OBJECTIVE_HEADER,
  objectiveRows,
  SHIFT_HEADER,
  STEP_HEADER,
  shiftRows,
  stepRows,
} from './cells.ts';
import { curvesPlot, pairsPlots } from './plots.ts';

export function htmlReport(result: GateResult): string {
  const compared = result.kind === 'pairs' && result.pairs.length > 0;
  const against = result.kind === 'smoke' ? 'head against the objectives' : 'head against base';
  const sections = [
    `<section>${htmlList(result.why)}</section>`,
    result.counters && htmlSection('What was counted', countedPart(result)),
    compared &&
      htmlSection('What was measured', htmlTable(METRIC_HEADER, metricRows(result), classBy(-1)) + METRIC_HELP),
    compared && htmlSection('Where it differs', where(result)),
    result.accepted.length > 0 && htmlSection('Accepted on purpose', htmlList(acceptedLines(result.accepted))),
    result.objectives.length > 0 &&
      htmlSection('Objectives', htmlTable(OBJECTIVE_HEADER, objectiveRows(result), classBy(-1))),
    result.curves.head.length > 0 &&
      htmlSection(
        'Response times',
        `<figure>${curvesPlot(result.curves, result.latencyLimitMs)}</figure>${legend(result)}`,
      ),
    compared &&
      htmlSection('Pair by pair', `<figure class="side">${pairsPlots(result).join('')}</figure>${PAIRS_HELP}`),
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

/** What differs, and folded away what cannot be judged. */
function countedPart(result: GateResult): string {
  const rows = counterRows(result);
  const loose = looseRows(result);
  const missing = result.counters!.notCounted;
  return [
    rows.length > 0
      ? htmlTable(COUNTER_HEADER, rows, classBy(COUNTER_HEADER.indexOf('judgement'))) + COUNTER_HELP
      : '<p>Every exact count is the same on base and head.</p>',
    missing.length > 0 ? htmlList(missing.map((what) => `not counted: ${what}`)) : '',
    loose.length > 0
      ? `<details><summary>${loose.length} counts that are not exact</summary>${htmlTable(COUNTER_HEADER, loose)}</details>`
      : '',
  ].join('');
}

/** The distribution, the journey steps, and whether turns confirmed what was seen side by side. */
function where(result: GateResult): string {
  const turns = confirmationLines(result);
  return [
    htmlTable(SHIFT_HEADER, shiftRows(result)),
    htmlTable(STEP_HEADER, stepRows(result), classBy(-1)),
    turns.length > 0 ? htmlList(turns) : '',
    SHIFT_HELP,
  ].join('');
}

const STATES: Partial<Record<GateResult['verdict'], 'pass' | 'bad' | 'open'>> = {
  PASS: 'pass',
  REGRESSION: 'bad',
  'OBJECTIVE MISSED': 'bad',
  EXPIRED: 'bad',
  INCONCLUSIVE: 'open',
};

const STYLE = `
:root { --base: var(--blue); --head: var(--orange); }
th, td { white-space: nowrap; }
td:last-child { white-space: normal; overflow-wrap: anywhere; }
.side { display: flex; flex-wrap: wrap; gap: 1rem; }
.side svg { flex: 0 1 500px; }
.legend .base { color: var(--base); }
.legend .head { color: var(--head); }
`;

const COUNTER_HELP = `<p class="soft">Per call of the step, over a fixed replay that both arms carried out alike. "more" fails the gate; "allowed" is more
in this row, but not in the step as a whole.</p>`;

const METRIC_HELP = `<p class="soft">Base and head are geometric means over the pairs. The interval is the one the rule used: below its lower end with the
chance of a false alarm, above its upper end with the chance of a false pass, both spent over the looks. "Could have seen" is
the smallest slowdown that these pairs would have told from none with power 0.9. "Same build" is what base against itself showed in
these pairs, and in brackets what such a comparison stays within 95 times in 100.</p>`;

const SHIFT_HELP = `<p class="soft">Response times. Each band holds for all rows of its table at once with a chance of 0.95; nothing here decides.</p>`;

const legend = (result: GateResult) =>
  `<p class="legend">${result.curves.base ? '<span class="base">base</span> ' : ''}<span class="head">head</span> all turns together; a request without an answer counts as the time-out.</p>`;

const PAIRS_HELP = `<p class="soft">A dot is one pair. "all" is the estimate with the interval of the table. Dashed line: the tolerance of this metric.</p>`;

const BAD = /^(slower|more|missed)/;
const SOFT = /^(shown only|less)$/;

/** Colour of a row whose judgement stands in this column. */
const classBy = (column: number) => (row: string[]) => {
  const judgement = row.at(column)!;
  return BAD.test(judgement) ? 'bad' : SOFT.test(judgement) ? 'soft' : undefined;
};
