// Why a replay cannot be counted, with what to do about it.
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';

export const failures = {
  broken: (arm: 'base' | 'head', why: string) =>
    new Failure(
      'counters.broken',
      `the replay on ${arm} could not be counted: ${why}`,
      'run it again; --no-counters goes on without the counters',
      EXIT.invalid,
    ),
};
