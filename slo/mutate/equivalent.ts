// A mutant in, the proof out that no data can tell it from its rule, or nothing. Pure.
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/** Functions that work on each series alone and keep its labels. */
const ELEMENTWISE = /^(abs|ceil|clamp|clamp_max|clamp_min|floor|increase|rate|round|sqrt|\w+_over_time)$/;
/** These look at their series as a whole. */
const WHOLE = /^(absent_over_time|scalar|vector)$/;

/**
 * Why leaving out a matcher `label="value"` changes nothing, or undefined when that is not proven.
 *
 * The label divides all series into parts, one for each of its values. Between the selector and a binary operation every node works on
 * each part alone: functions of single series, arithmetic with scalars, operations that match all labels, aggregations `by` the label.
 * The other side of that operation has only the part of the value that was left out (some matcher there still says so), and its
 * operator (`and`, or one-to-one arithmetic or comparison) gives nothing for a part that one side has not. So what the selector now
 * finds besides comes to nothing there.
 * Matching: https://prometheus.io/docs/prometheus/latest/querying/operators/#vector-matching
 * @param expr the expression before the matcher was left out; @param at where the matcher begins in it
 */
export function redundantMatcher(expr: string, at: number): string | undefined {
  const found = parser.parse(expr).resolveInner(at, 1);
  let matcher: SyntaxNode | null = found;
  while (matcher && matcher.name !== 'UnquotedLabelMatcher') matcher = matcher.parent;
  const parsed = matcher && readMatcher(matcher, expr);
  if (!matcher || !parsed || parsed.op !== '=') return undefined;
  const { label, value } = parsed;
  for (let node: SyntaxNode = matcher; node.parent; node = node.parent) {
    const parent = node.parent;
    if (parent.name === 'BinaryExpr') {
      const other = otherSide(parent, node);
      const operator = operatorOf(parent, expr);
      if (!other || parent.getChild('MatchingModifierClause')) return undefined;
      if (isScalar(other, expr)) continue;
      const drops = operator === 'and' || !['or', 'unless'].includes(operator);
      if (drops && pins(other, label, value, expr)) {
        return `the other side of "${operator}" has only series with ${label}="${value}", and what it does not match comes to nothing`;
      }
      if (operator === 'unless') return undefined;
    } else if (!isElementwise(parent, label, expr)) return undefined;
  }
  return undefined;
}

function readMatcher(node: SyntaxNode, expr: string) {
  const [label, op, value] = ['LabelName', 'MatchOp', 'StringLiteral'].map((kind) => {
    const child = node.getChild(kind);
    return child ? expr.slice(child.from, child.to) : '';
  }) as [string, string, string];
  return { label, op, value: value.slice(1, -1) };
}

/** Nodes of the tree that are expressions of their own. */
const EXPRESSIONS =
  /^(AggregateExpr|BinaryExpr|FunctionCall|MatrixSelector|NumberDurationLiteral|OffsetExpr|ParenExpr|StringLiteral|SubqueryExpr|UnaryExpr|VectorSelector)$/;

function parts(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) children.push(child);
  return children;
}

const operands = (node: SyntaxNode) => parts(node).filter(({ name }) => EXPRESSIONS.test(name));

const otherSide = (binary: SyntaxNode, side: SyntaxNode) =>
  operands(binary).find(({ from, to }) => from !== side.from || to !== side.to);

/** `>`, `and`: what stands between the operands. */
function operatorOf(binary: SyntaxNode, expr: string): string {
  const between = parts(binary).find(({ name }) => !EXPRESSIONS.test(name))!;
  return expr.slice(between.from, between.to).toLowerCase();
}

const argumentsOf = (call: SyntaxNode) => {
  const body = call.getChild('FunctionCallBody');
  return body ? operands(body) : [];
};

const nameOf = (call: SyntaxNode, expr: string) => {
  const name = call.getChild('FunctionIdentifier');
  return name ? expr.slice(name.from, name.to) : '';
};

function isScalar(node: SyntaxNode, expr: string): boolean {
  if (node.name === 'NumberDurationLiteral') return true;
  if (node.name === 'FunctionCall') return nameOf(node, expr) === 'scalar';
  if (node.name === 'ParenExpr' || node.name === 'UnaryExpr' || node.name === 'BinaryExpr') {
    return operands(node).every((operand) => isScalar(operand, expr));
  }
  return false;
}

const groupsBy = (aggregate: SyntaxNode, label: string, expr: string) => {
  const modifier = aggregate.getChild('AggregateModifier');
  if (!modifier?.getChild('By')) return false;
  const labels = modifier.getChild('GroupingLabels')?.getChildren('LabelName') ?? [];
  return labels.some(({ from, to }) => expr.slice(from, to) === label);
};

/** Whether a node on the way up works on each part of the label alone. */
function isElementwise(node: SyntaxNode, label: string, expr: string): boolean {
  switch (node.name) {
    case 'LabelMatchers':
    case 'VectorSelector':
    case 'MatrixSelector':
    case 'OffsetExpr':
    case 'ParenExpr':
    case 'UnaryExpr':
    case 'FunctionCallBody':
      return true;
    case 'FunctionCall': {
      const name = nameOf(node, expr);
      return ELEMENTWISE.test(name) && !WHOLE.test(name);
    }
    case 'AggregateExpr':
      return groupsBy(node, label, expr);
    default:
      return false;
  }
}

/** Whether everything that a node gives has that value of the label. */
function pins(node: SyntaxNode, label: string, value: string, expr: string): boolean {
  switch (node.name) {
    case 'VectorSelector': {
      const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
      return matchers.some((matcher) => {
        const read = readMatcher(matcher, expr);
        return read.label === label && read.op === '=' && read.value === value;
      });
    }
    case 'MatrixSelector':
    case 'OffsetExpr':
    case 'ParenExpr':
    case 'UnaryExpr':
      return operands(node).some((operand) => pins(operand, label, value, expr));
    case 'FunctionCall': {
      const name = nameOf(node, expr);
      return (
        ELEMENTWISE.test(name) && !WHOLE.test(name) && argumentsOf(node).some((one) => pins(one, label, value, expr))
      );
    }
    case 'AggregateExpr':
      return groupsBy(node, label, expr) && argumentsOf(node).some((one) => pins(one, label, value, expr));
    case 'BinaryExpr': {
      if (node.getChild('MatchingModifierClause')) return false;
      const sides = operands(node).filter((side) => !isScalar(side, expr));
      const said = sides.map((side) => pins(side, label, value, expr));
      const operator = operatorOf(node, expr);
      if (operator === 'or') return said.every(Boolean) && said.length === 2;
      if (operator === 'unless') return said[0] === true;
      return said.some(Boolean);
    }
    default:
      return false;
  }
}
