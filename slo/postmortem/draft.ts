// The head of a new postmortem: what was gathered in, the record with its first action out. Pure.
import type { Gathered } from './gather.ts';
import type { PostmortemRecord } from './record.ts';
import { isoOf } from './units.ts';

/** A postmortem is written within 48 hours of the end of its incident. */
const DUE_SECONDS = 48 * 3600;

/** `2026-11-20-error-budget-burn`: the day it began, and the alert or else the objective. */
export function recordName({ alert, objective, span }: Gathered['incident']): string {
  const words = (alert ?? objective.name).replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase();
  return `${isoOf(span.fromSeconds).slice(0, 10)}-${words}`;
}

/** The only action that nobody needs to think up: to write the rest. */
export function draftOf(id: string, { incident }: Gathered): PostmortemRecord {
  const { objective, alert, severity, span } = incident;
  const dueUtc = isoOf(span.toSeconds + DUE_SECONDS);
  return {
    id,
    objective: objective.name,
    ...(alert !== undefined && { alert }),
    severity,
    fromUtc: isoOf(span.fromSeconds),
    toUtc: isoOf(span.toSeconds),
    dueUtc,
    cause: '',
    actions: [
      {
        id: 'A1',
        what: 'Write what this postmortem asks of a person, and agree on the actions',
        owner: objective.owner,
        due: dueUtc,
        state: 'open',
      },
    ],
  };
}
