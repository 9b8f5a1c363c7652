// What a drill can be refused for.
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';

export const unknownFault = (word: string, known: string[]) =>
  new Failure('drill.unknown', `there is no drill of "${word}"`, `one of ${known.join(', ')}`, EXIT.usage);

export const notQuiet = (alerts: string[]) =>
  new Failure(
    'drill.not-quiet',
    `before the fault these fired already: ${alerts.join(', ')}`,
    'the machine is too busy, or the system is not well: see the logs, then drill again',
    EXIT.invalid,
  );

export const notWell = (objectives: string[]) =>
  new Failure(
    'drill.not-well',
    `the system did not become well again: ${objectives.join(', ')}`,
    'look at its logs in the folder of the report, then drill this alert alone',
    EXIT.invalid,
  );

export const onlyRecorded = (faults: string) =>
  new Failure('drill.only-recorded', `nobody is woken for ${faults}: it is only recorded`, 'add --record', EXIT.usage);
