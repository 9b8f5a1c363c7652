// Rules in, mutants out: the same rules with one thing changed that must make some rule test fail. Pure.
import { WINDOWS } from '../compile/catalogue.ts';
import type { Rule, RuleFile } from '../compile/rule.ts';

export type Kind = 'factor' | 'window' | 'comparison' | 'selector' | 'for';

export interface Mutant {
  kind: Kind;
  group: string;
  /** Index of the changed rule in its group. */
  rule: number;
  /** For people: the rule, and what became what. */
  what: string;
  changed: Rule;
}

interface Edit {
  kind: Kind;
  from: string;
  to: string;
  at: number;
}

/** Every mutant of every rule, each with exactly one change. */
export function mutantsOf({ groups }: RuleFile): Mutant[] {
  return groups.flatMap(({ name: group, rules }) =>
    rules.flatMap((rule, index) => {
      const name = rule.alert
        ? `${rule.alert} ${rule.labels.tier ?? `${rule.labels.slo} ${rule.labels.reason}`}`
        : rule.record;
      const said = (kind: Kind, from: string, to: string) => `${group}, ${name}: ${kind} ${from} -> ${to}`;
      const edits = [...factors(rule), ...windows(rule), ...comparisons(rule), ...selectors(rule)].map(
        ({ kind, from, to, at }): Mutant => ({
          kind,
          group,
          rule: index,
          what: `${said(kind, from, to)} (character ${at + 1})`,
          changed: { ...rule, expr: rule.expr.slice(0, at) + to + rule.expr.slice(at + from.length) },
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

/** Each place where the pattern stands, with each of its replacements. */
function edits(kind: Kind, expr: string, pattern: RegExp, to: (found: string) => string[]): Edit[] {
  return [...expr.matchAll(pattern)].flatMap((match) =>
    to(match[0]).map((replacement) => ({ kind, from: match[0], to: replacement, at: match.index })),
  );
}

/** Burn factors of the alerts, and the divisor of the month: twice and half as much. */
function factors({ expr, alert, record }: Rule): Edit[] {
  const twice = (found: string) => [String(Number(found) * 2), String(Number(found) / 2)];
  if (alert) return edits('factor', expr, /(?<=> )[\d.]+(?= \* [\d.]+ \* scalar)/g, twice);
  return record === 'slo:month_length:ratio' ? edits('factor', expr, /30/g, twice) : [];
}

/** The next longer and the next shorter window, in ranges, offsets and the names of recorded ratios. */
function windows({ expr }: Rule): Edit[] {
  const known: readonly string[] = WINDOWS;
  const neighbours = (found: string) => {
    const index = known.indexOf(found);
    return index < 0 ? [] : [known[index - 1], known[index + 1]].filter((window) => window !== undefined);
  };
  const pattern = /(?<=\[)\w+(?=\])|(?<=ratio_rate)\w+|(?<=slo:events:increase)\w+|(?<=offset )\w+/g;
  return edits('window', expr, pattern, neighbours);
}

/** A comparison turned round, and a condition that no longer needs both. */
function comparisons({ expr, alert }: Rule): Edit[] {
  const turned: Record<string, string> = { '>': '<', '>=': '<', '==': '!=' };
  const either = alert ? edits('comparison', expr, /(?<= )and(?= slo:)/g, () => ['or']) : [];
  return [...edits('comparison', expr, /(?<= )(?:>=|==|>)(?= )/g, (found) => [turned[found]!]), ...either];
}

/** A matcher left out or asking for what is not there. */
function selectors({ expr }: Rule): Edit[] {
  return [
    ...edits('selector', expr, /(?<=\{|,)\w+(?:=~|=)"[^"]*",?/g, () => ['']),
    ...edits('selector', expr, /(?<=")[^"]+(?="[,}])/g, () => ['nothing-of-this']),
  ];
}
