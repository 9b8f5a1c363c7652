// Every way in which a calibration cannot begin or go on, with what to do about it.
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';

export const failures = {
  malformed: (file: string, line: number) =>
    new Failure(
      'recording.malformed',
      `${file}, line ${line} is no recorded pair`,
      'take a file that "gate:calibrate -- record" wrote, or delete that line',
      EXIT.usage,
    ),
  nothingRecorded: (file: string) =>
    new Failure(
      'recording.empty',
      `${file} has no recorded pair of equal builds`,
      'npm run gate:calibrate -- record --minutes 30',
      EXIT.usage,
    ),
  anotherLoad: (file: string, what: string) =>
    new Failure(
      'recording.other',
      `${file} was recorded under another ${what}: its pairs cannot be put together with new ones`,
      'record into another file with --file',
      EXIT.usage,
    ),
  olderGate: (metric: string) =>
    new Failure(
      'recording.older',
      `the recorded pairs know nothing of "${metric}", which the gate judges now`,
      'record again with this version',
      EXIT.usage,
    ),
  unknownKind: (kind: string, why: string) =>
    new Failure('usage', `"${kind}" cannot be recorded: ${why}`, 'aa, cpu:5%, or a plant of the gate', EXIT.usage),
  badWord: (option: string, value: string, hint: string) =>
    new Failure('usage', `--${option} "${value}" is not understood`, hint, EXIT.usage),
  noTable: (file: string) =>
    new Failure('table.missing', `there is no ${file}`, 'npm run gate:calibrate -- replay --commit', EXIT.usage),
};
