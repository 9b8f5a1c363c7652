// Every way in which the gate cannot begin or go on, with what to do about it.
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';

export const failures = {
  notARepository: (checkout: string) =>
    new Failure(
      'gate.no-repository',
      `${checkout} is no git repository with a commit`,
      'run the gate in a clone; --smoke needs no base',
      EXIT.usage,
    ),
  unknownBase: (ref: string) =>
    new Failure(
      'base.unknown',
      `there is no commit "${ref}"`,
      'give a branch, tag or commit that exists here; in CI, check out with the whole history (fetch-depth: 0)',
      EXIT.usage,
    ),
  sameBuild: (commit: string, chosen: string) =>
    new Failure(
      'builds.same',
      `base and head are the same build: ${commit.slice(0, 10)} (${chosen})`,
      'name the build that head replaces with --base REF; --self compares head with itself on purpose, --plant makes head worse',
      EXIT.invalid,
    ),
  baseNotReady: (commit: string, why: string) =>
    new Failure(
      'base.not-ready',
      `the base ${commit.slice(0, 10)} cannot be made ready: ${why}`,
      'choose a base that this gate can start, for example --base HEAD',
      EXIT.invalid,
    ),
  baseNotStarted: (commit: string, why: string) =>
    new Failure(
      'base.not-started',
      `the base ${commit.slice(0, 10)} does not start: ${why}`,
      'choose another base with --base REF, or --smoke to judge head alone',
      EXIT.invalid,
    ),
  headNotStarted: (why: string) =>
    new Failure('head.not-started', `head does not start: ${why}`, 'mend what the lines say', EXIT.invalid),
  badTolerance: (value: string) =>
    new Failure('usage', `--tolerance "${value}" is no percentage above 0`, 'for example --tolerance 10%', EXIT.usage),
  badCount: (name: string, value: string, least: number) =>
    new Failure(
      'usage',
      `--${name} "${value}" is no whole number of at least ${least}`,
      `for example --${name} 12`,
      EXIT.usage,
    ),
  exclusive: (one: string, other: string) =>
    new Failure('usage', `--${one} and --${other} exclude each other`, 'leave one of them out', EXIT.usage),
  noSpace: (message: string) =>
    new Failure(
      'disk.full',
      `there is no room to write: ${message}`,
      'free some space (a gate needs about 2 GB in the temporary folder), then run again',
      EXIT.invalid,
    ),
  broken: (message: string) =>
    new Failure(
      'gate.broken',
      `the gate itself failed: ${message}`,
      'no verdict was reached; report it with what stands above',
      EXIT.invalid,
    ),
  words: (words: string[]) =>
    new Failure(
      'usage',
      `the gate takes no words, only options: ${words.join(' ')}`,
      'npm run gate -- --help',
      EXIT.usage,
    ),
};

/**
 * Whatever went wrong as a Failure with an exit code of ours: Node's own code for a crash is 1, and that means a regression.
 * @param onUnknown told the stack of an error that nobody has foreseen
 */
export function asFailure(error: unknown, onUnknown: (stack: string) => void): Failure {
  if (error instanceof Failure) return error;
  const { code, message, stack } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return failures.noSpace(message);
  onUnknown(stack ?? String(error));
  return failures.broken(message);
}
