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
  badPlant: (value: string) =>
    new Failure(
      'usage',
      `--plant "${value}" is not understood`,
      'delay:20ms (every request waits) or cpu:2ms (every request computes), up to 10000ms',
      EXIT.usage,
    ),
  badTolerance: (value: string) =>
    new Failure('usage', `--tolerance "${value}" is no percentage above 0`, 'for example --tolerance 10%', EXIT.usage),
  badCount: (name: string, value: string, least: number) =>
    new Failure(
      'usage',
      `--${name} "${value}" is no whole number of at least ${least}`,
      `for example --${name} 12`,
      EXIT.usage,
    ),
  smokeHasNoBase: (option: string) =>
    new Failure('usage', `--smoke judges head alone: --${option} has no meaning`, 'leave one of them out', EXIT.usage),
  words: (words: string[]) =>
    new Failure(
      'usage',
      `the gate takes no words, only options: ${words.join(' ')}`,
      'npm run gate -- --help',
      EXIT.usage,
    ),
};
