// Every way in which an accepted.yaml can be wrong, with what to do about it.
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';

export const failures = {
  malformed: (place: string, what: string) =>
    new Failure(
      'accepted.malformed',
      `${place}: ${what}`,
      'an entry has metric or counter (with step, statement), bound, reason, owner and until: see the head of ci/accepted.yaml',
      EXIT.usage,
    ),
  unreadable: (file: string, why: string) =>
    new Failure('accepted.unreadable', `${file} cannot be read: ${why}`, 'mend it or take it away', EXIT.usage),
};
