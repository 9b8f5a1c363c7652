// What cannot both be meant: tiers that contradict each other, names used twice, a whole that is not there. Pure.
import { placeText } from '../openslo/documents.ts';
import type { Finding, LintSpec, LintTier } from './spec.ts';

/** Findings of one objective. @param before those that were read before it; @param all all of them */
export const contradictions = (spec: LintSpec, before: readonly LintSpec[], all: readonly LintSpec[]): Finding[] => [
  ...spec.tiers.flatMap((tier) => [...windows(spec, tier), ...urgency(spec, tier)]),
  ...order(spec),
  ...names(spec, before),
  ...whole(spec, all),
];

const found = (at: LintTier['at'], what: string, why: string): Finding => ({
  ...at,
  rule: 'contradiction',
  what,
  why,
  level: 'error',
});

function windows(spec: LintSpec, { name, longMinutes, shortMinutes, at }: LintTier): Finding[] {
  if (shortMinutes === undefined || shortMinutes < longMinutes) return [];
  const what = `"${spec.name}": the short window of the tier ${name} is not shorter than its long one`;
  return [found(at, what, 'the short window ends the alert soon after the fault; the long one makes it sure')];
}

function urgency(spec: LintSpec, { name, pages, severity, at }: LintTier): Finding[] {
  if (severity === undefined || pages === (severity !== 'sev-3')) return [];
  const what = `"${spec.name}": the tier ${name} is ${severity}`;
  return [found(at, what, 'sev-1 and sev-2 wake somebody, sev-3 waits for business hours and is a ticket')];
}

/** A longer window with the same factor or a larger one: whenever it is above, a shorter one was before. */
function order(spec: LintSpec): Finding[] {
  const tiers = spec.tiers.toSorted((a, b) => a.longMinutes - b.longMinutes || b.factor - a.factor);
  return tiers.slice(1).flatMap((tier, index) => {
    const shorter = tiers[index]!;
    // Two factors of one window are two answers to it, when one is a page and the other a ticket.
    const other = tier.longMinutes > shorter.longMinutes || tier.pages !== shorter.pages;
    if (other && tier.factor < shorter.factor) return [];
    const what = `"${spec.name}": the tier ${tier.name} (factor ${tier.factor}) tells nothing that ${shorter.name} (factor ${shorter.factor}) has not told`;
    return [found(tier.at, what, 'a longer window needs a smaller factor')];
  });
}

function names(spec: LintSpec, before: readonly LintSpec[]): Finding[] {
  const same = before.find(({ origin, name }) => origin === spec.origin && name === spec.name);
  const told = before.find(({ alert }) => alert !== undefined && alert === spec.alert);
  return [
    ...(same
      ? [
          found(
            spec.at.slo,
            `a second objective is named "${spec.name}" (${placeText(same.at.slo)})`,
            'their rules would record the same series',
          ),
        ]
      : []),
    ...(told
      ? [
          found(
            spec.at.slo,
            `"${spec.name}" has the alert ${spec.alert} of "${told.name}" (${placeText(told.at.slo)})`,
            'an alert has one meaning and one runbook',
          ),
        ]
      : []),
  ];
}

function whole(spec: LintSpec, all: readonly LintSpec[]): Finding[] {
  const { name, partOf } = spec;
  if (partOf === undefined) return [];
  if (partOf === name)
    return [found(spec.at.slo, `"${name}" is part of itself`, 'its pages would hold each other back')];
  const other = all.find((one) => one.name === partOf);
  if (!other) {
    return [
      found(
        spec.at.slo,
        `"${name}" is part of "${partOf}", which is nowhere`,
        'read the file that has it, too, or mend the name',
      ),
    ];
  }
  if (other.partOf !== name) return [];
  return [
    found(
      spec.at.slo,
      `"${name}" and "${partOf}" are part of each other`,
      'each would hold back the other, and nobody be told',
    ),
  ];
}
