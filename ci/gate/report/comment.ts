// The comment on a pull request: short, and marked so that a later gate finds it again. Pure.
import type { GateResult } from '../result.ts';
import { percent } from '../words.ts';
import { buildLine, isMore } from './cells.ts';
import { details, fitting, markdownBlocks } from './markdown.ts';

/** First line of every comment of the gate, which nobody sees. The second word says whether there is something to say. */
const MARKER = '<!-- performance-gate';
const CHANGED = `${MARKER} changed -->`;
const UNCHANGED = `${MARKER} unchanged -->`;

/** GitHub refuses longer ones: "body is too long (maximum is 65536 characters)". */
export const COMMENT_CHARACTERS = 65_536;
const LIMITS = { rows: 25, cell: 160 };

/** Whether a text is a comment of the gate. */
export const isGateComment = (body: string): boolean => body.startsWith(MARKER);

/** Whether this comment is worth a new one, not only the update of an old one. */
export const saysSomething = (body: string): boolean => body.startsWith(CHANGED);

/** A change that a reviewer should see: a verdict other than PASS, another count, a metric that surely got better, an exception in use. */
export function isChanged(result: GateResult): boolean {
  return (
    result.verdict !== 'PASS' ||
    (result.counters?.rows.length ?? 0) > 0 ||
    result.accepted.some(({ state }) => state !== 'unused') ||
    result.effects.some((effect) => isJudged(effect) && effect.upper !== null && effect.upper < 0)
  );
}

const isJudged = (effect: GateResult['effects'][number]) => effect.judgement !== 'not judged';

export function commentReport(result: GateResult): string {
  if (!isChanged(result)) {
    return `${UNCHANGED}\n\n## Performance gate: PASS\n\nNothing changed: head is ${buildLine(result.head)}.\n`;
  }
  const blocks = markdownBlocks(result, LIMITS);
  const suggested = suggestedEntries(result);
  if (suggested !== '') blocks.splice(-2, 0, acceptHelp(suggested));
  return fitting([CHANGED, ...blocks], COMMENT_CHARACTERS, (text) => text.length);
}

const acceptHelp = (entries: string) =>
  details(
    'accept it on purpose',
    `Add to <code>accepted:</code> in <code>ci/accepted.yaml</code>:\n\n\`\`\`yaml\n${entries}\`\`\``,
  );

/** What ci/accepted.yaml would have to say; a metric by the upper end of its interval, so that the next gate agrees. */
function suggestedEntries(result: GateResult): string {
  const about = '  reason: \n  owner: \n  until: \n';
  const metrics = result.effects
    .filter((effect) => effect.judgement === 'slower')
    .map((effect) => {
      const bound = Math.ceil(Math.max(effect.estimate, effect.upper ?? 0) * 100);
      return `- metric: ${effect.metric} # ${percent(effect.estimate)}\n  bound: ${bound}%\n${about}`;
    });
  const counters = (result.counters?.rows ?? [])
    .filter((row) => isMore(row, result.counters!))
    .slice(0, LIMITS.rows)
    .map((row) => {
      const statement =
        row.statement === null ? '' : `  statement: ${JSON.stringify(row.statement.slice(0, LIMITS.cell))}\n`;
      const more = Math.ceil((row.head - row.base) * 100) / 100;
      return `- counter: ${row.counter}\n  step: ${JSON.stringify(row.step)}\n${statement}  bound: +${more}\n${about}`;
    });
  return [...counters, ...metrics].join('');
}
