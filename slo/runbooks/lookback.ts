// How far back each selector of an expression looks. PromQL in, selectors with their range out. Pure.
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { durationMs } from '../drill/scale.ts';

export interface Looked {
  /** The selector as it stands: `up{job="api"}`. */
  selector: string;
  /** 0: it asks for the newest sample. */
  backMs: number;
  /** The closest that two of its samples may have to be for a range to hold several. */
  spacingMs: number;
}

/** Samples that the shortest range round a selector should hold. */
const IN_A_RANGE = 5;

export function lookedAt(expr: string): Looked[] {
  const found: Looked[] = [];
  parser.parse(expr).iterate({
    enter(ref) {
      if (ref.name !== 'VectorSelector') return;
      const ranges = rangesRound(ref.node, expr);
      const backMs = ranges.reduce((sum, ms) => sum + ms, 0);
      found.push({ selector: expr.slice(ref.from, ref.to), backMs, spacingMs: Math.min(...ranges) / IN_A_RANGE });
    },
  });
  return found;
}

/** Durations of the range, subquery and offset round a selector, innermost first. */
function rangesRound(node: SyntaxNode, expr: string): number[] {
  const ranges: number[] = [];
  for (let outer = node.parent; outer; outer = outer.parent) {
    if (!['MatrixSelector', 'SubqueryExpr', 'OffsetExpr'].includes(outer.name)) continue;
    const duration = outer.getChild('DurationExpr') ?? outer.getChild('OffsetDurationExpr') ?? outer.lastChild!;
    ranges.push(durationMs(expr.slice(duration.from, duration.to)));
  }
  return ranges;
}
