// Everything the load commands end with on purpose: one line that says what was wrong, one that says what to do.
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';

/** What an operating system says of a disk, a quota or a file that has no room left. */
const NO_ROOM = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** A write that found no room as a failure that says so; every other error as it is. */
export function roomFor(dir: string, error: unknown): unknown {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return NO_ROOM.includes(code) ? failures.notWritten(dir, message) : error;
}

export const failures = {
  targetDown: (url: string, why: string) =>
    new Failure(
      'target.down',
      `${url} does not answer: ${why}`,
      'start it, or leave --target out: then the command starts one',
      EXIT.usage,
    ),
  badTarget: (url: string) =>
    new Failure(
      'target.malformed',
      `--target "${url}" is no http or https URL`,
      'for example --target http://127.0.0.1:8080',
      EXIT.usage,
    ),
  seedRefused: (call: string, answer: string) =>
    new Failure(
      'seed.refused',
      `seeding failed: ${call} ${answer}`,
      'is it the right service, with the secret and the databases that the identities were made for?',
      EXIT.invalid,
    ),
  engineMissing: (program: string, why: string) =>
    new Failure(
      'engine.not-started',
      `${program} could not be started: ${why}`,
      'look at the path and its permissions',
      EXIT.usage,
    ),
  identities: (wanted: number, got: string) =>
    new Failure(
      'identities.malformed',
      `the identities hook must print ${wanted} header objects as one JSON list, not ${got}`,
      'see `hooks.identities` in the service file',
      EXIT.usage,
    ),
  audit: (why: string) =>
    new Failure(
      'audit.malformed',
      `the audit hook printed something else than an audit: ${why}`,
      'see `hooks.audit` in the service file',
      EXIT.invalid,
    ),
  notWritten: (dir: string, why: string) =>
    new Failure(
      'result.not-written',
      `the result could not be written to ${dir}: ${why}`,
      'is the disk full? Make room or choose another folder with --out, and run again',
      EXIT.invalid,
    ),
  badResult: (file: string, why: string) =>
    new Failure(
      'result.malformed',
      `${file} is no result of a run: ${why}`,
      'give the folder of a run, or its result.json; an older one has to be measured again',
      EXIT.usage,
    ),
  comparedInvalid: (run: string, why: string) =>
    new Failure(
      'compare.invalid',
      `${run} is INVALID: ${why}`,
      'measure it again, or look at it --anyway: its figures are not to be trusted',
      EXIT.invalid,
    ),
  comparedDifferent: (what: string) =>
    new Failure(
      'compare.different',
      `the two runs are not of the same load: ${what}`,
      'measure both with the same scenario and workload, or compare them --anyway',
      EXIT.usage,
    ),
};
