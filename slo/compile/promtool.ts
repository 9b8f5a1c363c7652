// Runs promtool on generated files: `check rules` and `test rules`. Throws a Failure with its output when it refuses.
import { execFile } from 'node:child_process';
import { Failure } from '../../cli/failure.ts';
import { findPrometheus } from '../../system/local/prometheus.ts';
import { refused } from '../failures.ts';

export interface Promtool {
  version: string;
  /** Number of rules that promtool found in the file. */
  checkRules(file: string): Promise<number>;
  testRules(file: string): Promise<void>;
  /** Whether the tests pass; false for a failing test and for rules that promtool does not accept. */
  passes(file: string): Promise<boolean>;
}

/** Finds promtool (PATH, or the machine's package manager). An abort ends the running check. */
export async function promtool(signal?: AbortSignal): Promise<Promtool> {
  const { path, version } = await findPrometheus('promtool');
  const run = (args: string[]) =>
    new Promise<string>((resolve, reject) => {
      execFile(path, args, { signal }, (error, stdout, stderr) => {
        signal?.aborted
          ? reject(signal.reason)
          : error
            ? reject(refused(`promtool ${args.join(' ')}`, stdout + stderr))
            : resolve(stdout);
      });
    });
  return {
    version,
    checkRules: async (file) => Number(/(\d+) rules found/.exec(await run(['check', 'rules', file]))?.[1] ?? 0),
    testRules: async (file) => void (await run(['test', 'rules', file])),
    passes: (file) =>
      run(['test', 'rules', file]).then(
        () => true,
        (error) => {
          if (error instanceof Failure) return false;
          throw error;
        },
      ),
  };
}
