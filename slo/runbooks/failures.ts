// What is wrong with a page or its recordings.
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';

export const malformedMark = (place: string, mark: string) =>
  new Failure(
    'runbook.mark',
    `${place}: "${mark}" says nothing about the query below it`,
    'one of: fault: NAME, after, always: REASON',
    EXIT.usage,
  );

export const notRecorded = (place: string, fault: string) =>
  new Failure(
    'runbook.not-recorded',
    `${place}: nothing is recorded of the fault ${fault}`,
    'npm run slo -- drill --record',
    EXIT.usage,
  );

export const unknownPage = (word: string, known: string[]) =>
  new Failure('runbook.unknown', `there is no runbook page "${word}"`, `one of ${known.join(', ')}`, EXIT.usage);
