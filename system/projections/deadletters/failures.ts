// Every way in which `npm run deadletters` can fail, with what to do about it.
import { EXIT } from '../../../cli/exit.ts';
import { Failure } from '../../../cli/failure.ts';

const LIST = 'npm run deadletters -- list shows them all';

export const failures = {
  unknownLetter: (id: string) => new Failure('deadletter.unknown', `there is no dead letter "${id}"`, LIST, EXIT.usage),
  noSuchProjection: (id: string, projection: string) =>
    new Failure(
      'deadletter.no-projection',
      `"${id}" belongs to a projection that this build does not have: ${projection}`,
      'use the build that has it',
      EXIT.usage,
    ),
  firstVersion: (id: string, projection: string) =>
    new Failure(
      'deadletter.first-version',
      `"${id}" makes its document; without it nothing can follow`,
      `mend the projection and replay it, or make the document from the write model: npm run rebuild -- ${projection}`,
      EXIT.usage,
    ),
  unnamed: (id: string, projection: string) =>
    new Failure(
      'deadletter.unnamed',
      `"${id}" does not say which document it changes, so its version cannot be counted there`,
      `make the document from the write model: npm run rebuild -- ${projection}`,
      EXIT.usage,
    ),
  stillDead: (ids: string[], reason: string) =>
    new Failure(
      'deadletter.still-dead',
      `${ids.length === 1 ? `"${ids[0]}" is` : `${ids.length} letters are`} still dead: ${reason}`,
      'deploy a projection that understands it and replay again, or discard it',
      EXIT.usage,
    ),
  unreachable: (why: string) =>
    new Failure(
      'deadletter.unreachable',
      `MongoDB does not answer: ${why}`,
      'set MONGODB_URL or give --mongodb URL of a running one',
      EXIT.usage,
    ),
};
