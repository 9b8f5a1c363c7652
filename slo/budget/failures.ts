// Every way in which a budget cannot be told, with what to do about it.
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';

export const failures = {
  noFile: (file: string) =>
    new Failure('budget.no-file', `there is no ${file}`, 'slo/budget/maintenance.yaml shows the format', EXIT.usage),
  badMaintenance: (place: string, what: string) =>
    new Failure(
      'budget.bad-maintenance',
      `${place}: ${what}`,
      'slo/budget/maintenance.yaml shows the format',
      EXIT.usage,
    ),
  nothingMeasured: (what: string, month: string, queries: string[]) =>
    new Failure(
      'budget.no-events',
      `${what} counted nothing in ${month} for any objective: ${queries.join(', ')}`,
      'a month without traffic has no budget; npm run slo -- doctor says whether something is not scraped',
      EXIT.invalid,
    ),
  clocks: (what: string, theirs: string, ours: string) =>
    new Failure(
      'budget.clocks',
      `${what} is at ${theirs} UTC and this machine at ${ours} UTC`,
      'set the clock that is wrong: the month so far would end at a wrong moment',
      EXIT.invalid,
    ),
};
