// The result as Markdown blocks, most important first, so that whoever has little room takes the first ones. Pure.
import type { GateResult } from '../result.ts';
import {
  acceptedLines,
  COUNTER_HEADER,
  conditions,
  confirmationLines,
  counterRows,
  METRIC_HEADER,
  metricRows,
  OBJECTIVE_HEADER,
  objectiveRows,
  SHIFT_HEADER,
  STEP_HEADER,
  shiftRows,
  stepRows,
} from './cells.ts';

export interface MarkdownLimits {
  /** Rows of a table; the rest is counted. */
  rows: number;
  /** Characters of a cell; SQL can be long. */
  cell: number;
}

const NO_LIMITS: MarkdownLimits = { rows: Number.POSITIVE_INFINITY, cell: Number.POSITIVE_INFINITY };

/** The whole report as one text. */
export const markdownReport = (result: GateResult): string => `${markdownBlocks(result).join('\n\n')}\n`;

/** Heading, reasons, tables, notes, conditions, next command: each block stands by itself. */
export function markdownBlocks(result: GateResult, limits: MarkdownLimits = NO_LIMITS): string[] {
  const counters = counterRows(result);
  const judged = metricRows({ ...result, effects: result.effects.filter(isJudged) });
  const shown = metricRows({ ...result, effects: result.effects.filter((effect) => !isJudged(effect)) });
  const steps = stepRows(result);
  const turns = confirmationLines(result);
  const objectives = objectiveRows(result);
  const accepted = acceptedLines(result.accepted);
  return [
    `## Performance gate: ${result.verdict}`,
    list(result.why),
    ...(counters.length > 0 ? [`### Counted`, markdownTable(COUNTER_HEADER, counters, limits)] : []),
    ...(judged.length > 0 ? [`### Measured`, markdownTable(METRIC_HEADER, judged, limits)] : []),
    ...(turns.length > 0 ? [list(turns)] : []),
    ...(steps.length > 0
      ? [
          details(
            'where it differs',
            `${markdownTable(SHIFT_HEADER, shiftRows(result), limits)}\n\n${markdownTable(STEP_HEADER, steps, limits)}`,
          ),
        ]
      : []),
    ...(shown.length > 0 ? [details('metrics that are not judged', markdownTable(METRIC_HEADER, shown, limits))] : []),
    ...(accepted.length > 0 ? [`### Accepted on purpose`, list(accepted)] : []),
    ...(objectives.length > 0 ? [markdownTable(OBJECTIVE_HEADER, objectives, limits)] : []),
    ...(result.notes.length > 0 ? [list(result.notes)] : []),
    details('conditions', list(conditions(result))),
    `Next: \`${result.next}\``,
  ];
}

const isJudged = (effect: GateResult['effects'][number]) => effect.judgement !== 'not judged';

/** Folded away until somebody opens it. */
export const details = (summary: string, content: string): string =>
  `<details><summary>${summary}</summary>\n\n${content}\n\n</details>`;

/** Text that GitHub and GitLab show as it is: no HTML, no table cell ends, no mention of a person, no link to an issue. */
const escapeText = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[|*_`[\]~\\]/g, (mark) => `\\${mark}`)
    .replace(/([@#])(?=\w)/g, '$1\u200b')
    .replaceAll('\n', ' ');

export const list = (lines: readonly string[]): string => lines.map((line) => `- ${escapeText(line)}`).join('\n');

function markdownTable(header: string[], rows: string[][], limits: MarkdownLimits): string {
  // A number stays on one line with its unit.
  const short = (cell: string) =>
    cell.length > limits.cell ? `${cell.slice(0, limits.cell - 1)}…` : cell.replace(/(\d) (%|ms|kB)/g, '$1\u00a0$2');
  const line = (cells: string[]) => `| ${cells.map((cell) => escapeText(short(cell))).join(' | ')} |`;
  const lines = [line(header), `| ${header.map(() => '---').join(' | ')} |`, ...rows.slice(0, limits.rows).map(line)];
  const more = rows.length - limits.rows;
  return more > 0 ? `${lines.join('\n')}\n\n${more} more rows in the report.` : lines.join('\n');
}

/** The first blocks that fit into the room, and a last line when some did not. @param sizeOf a text in the unit of `room` */
export function fitting(blocks: readonly string[], room: number, sizeOf: (text: string) => number): string {
  const CUT = '\n\nThe rest does not fit here: see report.html among the artefacts.\n';
  const whole = `${blocks.join('\n\n')}\n`;
  if (sizeOf(whole) <= room) return whole;
  let text = '';
  for (const block of blocks) {
    const longer = text === '' ? block : `${text}\n\n${block}`;
    if (sizeOf(longer) + sizeOf(CUT) > room) break;
    text = longer;
  }
  return `${text}${CUT}`;
}
