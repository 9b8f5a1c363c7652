// Rules in, mutants out: the same rules with one thing changed that must make some rule test fail. Pure.
import type { SyntaxNodeRef } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { WINDOWS } from '../compile/catalogue.ts';
import type { Rule, RuleFile } from '../compile/rule.ts';
import { minutesIn } from '../lint/spec.ts';
import { redundantMatcher } from './equivalent.ts';

export const KINDS = ['factor', 'window', 'comparison', 'selector', 'for'] as const;
export type Kind = (typeof KINDS)[number];

export interface Mutant {
  kind: Kind;
  group: string;
  /** Index of the changed rule in its group. */
  rule: number;
  /** For people: the rule, and what became what. */
  what: string;
  changed: Rule;
  /** Why no data can tell it from its rule; absent where that is not proven. */
  equivalent?: string;
}

interface Edit {
  kind: Kind;
  from: string;
  to: string;
  at: number;
  equivalent?: string;
}

/** Every mutant of every rule, each with exactly one change. */
export function mutantsOf({ groups }: RuleFile): Mutant[] {
  return groups.flatMap(({ name: group, rules }) =>
    rules.flatMap((rule, index) => {
      const name = rule.alert
        ? `${rule.alert} ${rule.labels.tier ?? `${rule.labels.slo} ${rule.labels.reason ?? rule.labels.holds}`}`
        : rule.record;
      const said = (kind: Kind, from: string, to: string) => `${group}, ${name}: ${kind} ${from} -> ${to}`;
      const edits = editsOf(rule.expr).map(
        ({ kind, from, to, at, equivalent }): Mutant => ({
          kind,
          group,
          rule: index,
          what: `${said(kind, from, to)} (character ${at + 1})`,
          changed: { ...rule, expr: rule.expr.slice(0, at) + to + rule.expr.slice(at + from.length) },
          ...(equivalent !== undefined && { equivalent }),
        }),
      );
      const waits = rule.for
        ? ['0s', '1h'].map(
            (to): Mutant => ({
              kind: 'for',
              group,
              rule: index,
              what: said('for', rule.for!, to),
              changed: { ...rule, for: to },
            }),
          )
        : [];
      return [...edits, ...waits];
    }),
  );
}

/** All changes of an expression, by the nodes of its tree. */
function editsOf(expr: string): Edit[] {
  const edits: Edit[] = [];
  parser.parse(expr).iterate({
    enter(node) {
      const from = expr.slice(node.from, node.to);
      for (const edit of ofNode(node, from, expr)) edits.push({ from, at: node.from, ...edit });
    },
  });
  return edits;
}

type Change = Pick<Edit, 'kind' | 'to'> & Partial<Edit>;

function ofNode(node: SyntaxNodeRef, text: string, expr: string): Change[] {
  switch (node.name) {
    case 'NumberDurationLiteral':
      return numbers(text);
    case 'NumberDurationLiteralInDurationContext':
      return durations(text);
    case 'Identifier':
      return recordedWindows(text);
    case 'Gtr':
    case 'Gte':
    case 'Lte':
    case 'Eql':
      return comparisons(node, text, expr);
    case 'And':
      return [{ kind: 'comparison', to: 'or' }];
    case 'Or':
      return [{ kind: 'comparison', to: 'and' }];
    case 'UnquotedLabelMatcher':
      return selectors(node, text, expr);
    default:
      return [];
  }
}

/** Twice and half as much: burn factors, budgets, the length of the month, bounds, the constants of the guard. */
function numbers(text: string): Change[] {
  const value = Number(text);
  return value === 0 ? [] : [value * 2, value / 2].map((to) => ({ kind: 'factor', to: String(to) }));
}

/** The next longer and the next shorter window; of a range or offset that is no window, twice and half as long. */
function durations(text: string): Change[] {
  const known = neighbours(text);
  if (known.length > 0) return known.map((to) => ({ kind: 'window', to }));
  const minutes = minutesIn(text);
  if (minutes === undefined) return [];
  return [minutes * 2, minutes / 2].map((to): Change => {
    const longerThanMonths = text === '31d' && to > minutes;
    return { kind: 'window', to: `${to}m`, ...(longerThanMonths && { equivalent: ONLY_OTHER_MONTHS }) };
  });
}

const ONLY_OTHER_MONTHS =
  'a look-back longer than the longest month finds only samples of other months besides, and the month label leaves those out';

/** A recorded ratio or count of one window taken for that of another. */
function recordedWindows(text: string): Change[] {
  const [, name, window] = /^(slo:.*:(?:ratio_rate|increase))(\w+)$/.exec(text) ?? [];
  if (!name || !window) return [];
  return neighbours(window).map((to) => ({ kind: 'window', to: name + to }));
}

function neighbours(window: string): string[] {
  const known: readonly string[] = WINDOWS;
  const index = known.indexOf(window);
  return index < 0 ? [] : [known[index - 1], known[index + 1]].filter((one) => one !== undefined);
}

/** Turned round; and, where the bound is a whole number that a figure can be, with or without the bound itself. */
function comparisons(node: SyntaxNodeRef, text: string, expr: string): Change[] {
  const turned: Record<string, string[]> = { '>': ['<'], '>=': ['<', '>'], '<=': ['>'], '==': ['!='] };
  const whole = /^\s*0\b(?!\.)/.test(expr.slice(node.to));
  return [...(turned[text] ?? []), ...(text === '>' && whole ? ['>='] : [])].map((to) => ({ kind: 'comparison', to }));
}

/** A matcher left out, or asking for what is not there. */
function selectors(node: SyntaxNodeRef, text: string, expr: string): Change[] {
  const comma = expr[node.to] === ',' ? ',' : '';
  const redundant = redundantMatcher(expr, node.from);
  return [
    { kind: 'selector', from: text + comma, to: '', ...(redundant !== undefined && { equivalent: redundant }) },
    { kind: 'selector', to: text.replace(/"[^"]*"$/, '"nothing-of-this"') },
  ];
}
