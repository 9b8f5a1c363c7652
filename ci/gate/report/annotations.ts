// Workflow commands of GitHub Actions, which become annotations of the pull request: lines to be printed by a step. Pure.
import type { GateResult } from '../result.ts';
import { percent } from '../words.ts';
import { isMore } from './cells.ts';

/** GitHub shows 10 errors and 10 warnings of a step; the rest vanishes without a word. */
export const ANNOTATIONS_PER_TYPE = 10;

interface Annotation {
  type: 'error' | 'warning' | 'notice';
  text: string;
  /** `ci/accepted.yaml:4`, where the sentence is about a line. */
  place?: string;
}

/** One line an annotation; empty when there is nothing to say. */
export function annotationsReport(result: GateResult): string {
  const all = annotations(result);
  const shown = (['error', 'warning', 'notice'] as const).flatMap((type) => {
    const own = all.filter((annotation) => annotation.type === type);
    if (own.length <= ANNOTATIONS_PER_TYPE) return own;
    const rest = own.length - ANNOTATIONS_PER_TYPE + 1;
    return [...own.slice(0, ANNOTATIONS_PER_TYPE - 1), { type, text: `${rest} more: see the summary` }];
  });
  return shown.map((annotation) => `${commandOf(annotation)}\n`).join('');
}

function annotations(result: GateResult): Annotation[] {
  const expired = result.accepted.filter(({ state }) => state === 'ended' || state === 'exceeded');
  const rows = (result.counters?.rows ?? []).filter((row) => isMore(row, result.counters!));
  const ending = result.verdict === 'INVALID' || result.verdict === 'INCONCLUSIVE';
  return [
    ...expired.map(({ text, entry }): Annotation => ({ type: 'error', text, place: entry.place })),
    ...rows.map((row): Annotation => {
      const statement = row.statement === null ? '' : `: ${row.statement}`;
      return {
        type: 'error',
        text: `${row.step}: ${row.counter} ${+row.base.toFixed(2)} -> ${+row.head.toFixed(2)} per call${statement}`,
      };
    }),
    ...result.effects
      .filter((effect) => effect.judgement === 'slower')
      .map(
        ({ label, estimate, lower }): Annotation => ({
          type: 'error',
          text: `${label} ${percent(estimate)}, at least ${percent(lower)}`,
        }),
      ),
    ...result.objectives
      .filter((objective) => !objective.met)
      .map(({ name, detail }): Annotation => ({ type: 'error', text: `objective "${name}" missed: ${detail}` })),
    ...(ending ? [{ type: 'warning' as const, text: `${result.verdict}: ${result.why.join('; ')}` }] : []),
    ...result.accepted
      .filter(({ state }) => state === 'accepted')
      .map(({ text, entry }): Annotation => ({ type: 'notice', text, place: entry.place })),
  ];
}

/** `::error file=F,line=N,title=T::text` (GitHub Actions, "Workflow commands"). A statement of SQL may be very long. */
function commandOf({ type, text, place }: Annotation): string {
  const [file, line] = place?.split(':') ?? [];
  const where = file && line ? `file=${property(file)},line=${line},` : '';
  const short = text.length > 1000 ? `${text.slice(0, 999)}…` : text;
  return `::${type} ${where}title=performance gate::${data(short)}`;
}

const data = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string) => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
