// Everything the load commands end with on purpose: one line that says what was wrong, one that says what to do.
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';

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
};
