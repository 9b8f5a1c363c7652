// Runs promtool on generated files: `check rules` and `test rules`. Throws a Failure with its output when it refuses.
import { execFile } from 'node:child_process';
import { Failure } from '../../cli/failure.ts';
import type { Progress } from '../../cli/progress.ts';
import type { Program } from '../../system/local/part.ts';
import { findPrometheus } from '../../system/local/prometheus.ts';
import { cachedPrometheus3, findPrometheus3 } from '../../system/local/prometheus3.ts';
import { refused } from '../failures.ts';

/** A failing test is printed whole, and many mutants fail many. */
const MOST_OUTPUT = 256 * 2 ** 20;

export interface Promtool {
  version: string;
  /** Number of rules that promtool found in the file. */
  checkRules(file: string): Promise<number>;
  testRules(file: string): Promise<void>;
  /** Whether the tests pass, and what promtool says of those that fail, or of rules that it does not accept. */
  judge(file: string): Promise<{ passed: boolean; output: string }>;
}

/** Finds promtool (PATH, or the machine's package manager). An abort ends the running check. */
export const promtool = async (signal?: AbortSignal) => runner(await findPrometheus('promtool'), signal);

/**
 * The machine's own promtool, and that of Prometheus 3 beside it: where it was built before, or now when it is asked for.
 * @param version3 whether to build it when it is not in the tool cache (3 to 6 minutes)
 */
export async function promtools(version3: boolean, progress: Progress, signal?: AbortSignal): Promise<Promtool[]> {
  const own = await findPrometheus('promtool');
  const third = version3 ? await findPrometheus3('promtool', progress) : cachedPrometheus3('promtool');
  const both = third && !own.version.startsWith('3.') ? [own, third] : [own];
  return both.map((program) => runner(program, signal));
}

function runner({ path, version }: Program, signal?: AbortSignal): Promtool {
  const run = (args: string[]) =>
    new Promise<string>((resolve, reject) => {
      execFile(path, args, { signal, maxBuffer: MOST_OUTPUT }, (error, stdout, stderr) => {
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
    judge: (file) =>
      run(['test', 'rules', file]).then(
        (output) => ({ passed: true, output }),
        (error) => {
          if (error instanceof Failure) return { passed: false, output: error.message };
          throw error;
        },
      ),
  };
}
