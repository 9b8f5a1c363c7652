// Reads PromQL: an expression in, its series selectors and the label names it groups by out. Pure.
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

export interface Matcher {
  label: string;
  op: '=' | '!=' | '=~' | '!~';
  value: string;
}

export interface Selector {
  metric: string;
  matchers: Matcher[];
}

/** Labels named by `by`, `without`, `on`, `ignoring` or `group_*`, and the selectors they apply to. */
export interface Grouping {
  labels: string[];
  selectors: Selector[];
}

export interface Expression {
  /** Where and what, when the text is no PromQL; the lists are then incomplete. */
  error?: string;
  selectors: Selector[];
  groupings: Grouping[];
}

/** Parses one expression. Grafana's variables must have been replaced before. */
export function readPromql(text: string): Expression {
  const expression: Expression = { selectors: [], groupings: [] };
  parser.parse(text).iterate({
    enter(ref) {
      if (ref.type.isError && expression.error === undefined) {
        expression.error = `no PromQL at "${text.slice(ref.from, ref.from + 20)}" (character ${ref.from + 1})`;
      }
      if (ref.name === 'VectorSelector') expression.selectors.push(toSelector(ref.node, text));
      if (ref.name === 'GroupingLabels') expression.groupings.push(toGrouping(ref.node, text));
    },
  });
  return expression;
}

function toSelector(node: SyntaxNode, text: string): Selector {
  const name = node.getChild('Identifier');
  const matchers = (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).map((matcher) => {
    const [label, op, value] = ['LabelName', 'MatchOp', 'StringLiteral'].map((kind) => {
      const child = matcher.getChild(kind);
      return child ? text.slice(child.from, child.to) : '';
    });
    return { label: label!, op: op as Matcher['op'], value: value!.slice(1, -1) };
  });
  return { metric: name ? text.slice(name.from, name.to) : '', matchers };
}

function toGrouping(node: SyntaxNode, text: string): Grouping {
  let scope = node.parent;
  while (scope && scope.name !== 'AggregateExpr' && scope.name !== 'BinaryExpr') scope = scope.parent;
  const selectors: Selector[] = [];
  scope?.cursor().iterate((ref) => {
    if (ref.name === 'VectorSelector' && ref.from >= scope.from && ref.to <= scope.to) {
      selectors.push(toSelector(ref.node, text));
    }
  });
  const labels = node.getChildren('LabelName').map((label) => text.slice(label.from, label.to));
  return { labels, selectors };
}
