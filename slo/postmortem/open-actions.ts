// What is still to be done after the incidents, and what of it is late. Pure: the records and the time in.
import type { Action } from './record.ts';
import type { Incident } from './records.ts';

export interface OpenAction extends Action {
  /** Id of the record that it stands in. */
  incident: string;
  folder: string;
  late: boolean;
}

const DAY_MS = 86_400_000;

/** When an action becomes late: at its time, or at the end of its day (UTC). Milliseconds since 1970. */
export const dueMs = (due: string) => (due.length === 10 ? Date.parse(`${due}T00:00:00Z`) + DAY_MS : Date.parse(due));

/** The open ones of all records, the most urgent first. */
export function openActions(incidents: readonly Incident[], nowMs: number): OpenAction[] {
  return incidents
    .flatMap(({ id, folder, actions }) =>
      actions
        .filter(({ state }) => state === 'open')
        .map((action) => ({ ...action, incident: id, folder, late: dueMs(action.due) <= nowMs })),
    )
    .sort((a, b) => dueMs(a.due) - dueMs(b.due));
}
