// Every way in which the history cannot be kept or read, with what to do about it.
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';

const usage = (code: string, message: string, hint: string) => new Failure(code, message, hint, EXIT.usage);

export const failures = {
  noFile: (file: string, why: string) =>
    usage(
      'history.no-file',
      `${file} cannot be read: ${why}`,
      'name the result.json of a gate: reports/gate/result.json',
    ),
  noResult: (file: string, why: string) =>
    usage('history.no-result', `${file} is no result of the gate: ${why}`, 'name the result.json of a gate that ended'),
  notUsable: (file: string, why: string) =>
    new Failure(
      'history.not-usable',
      `${file} says nothing of a commit: ${why}`,
      'only valid comparisons of committed builds are kept; run the gate on a clean checkout',
      EXIT.invalid,
    ),
  unknownCommit: (commit: string) =>
    usage(
      'history.unknown-commit',
      `this clone does not know the commit ${commit}`,
      'run it in the clone that the gate ran in, or give the time with --committed-at',
    ),
  badStore: (value: string) =>
    usage(
      'history.store',
      `--store "${value}" is not understood`,
      'folder:DIR, git:BRANCH or postgres://user:password@host/database',
    ),
  storeFailed: (store: string, what: string, why: string) =>
    usage('history.store-failed', `${store}: ${what}: ${why}`, 'see the message; nothing was changed'),
  lostRaces: (store: string, tries: number) =>
    usage('history.races', `${store}: somebody else was faster ${tries} times in a row`, 'start it again'),
  empty: (store: string) =>
    usage('history.empty', `${store} holds no result yet`, 'npm run history -- add reports/gate/result.json'),
  unknownMetric: (metric: string, known: string[]) =>
    usage('history.unknown-metric', `no result has a metric "${metric}"`, `one of ${known.join(', ')}`),
  words: (words: string[], wanted: string) => usage('usage', `not understood: ${words.join(' ') || 'nothing'}`, wanted),
};
