// Where a run took place: the machine, the runtime, the versions of everything that took part, the commit.
import { execFile } from 'node:child_process';
import os from 'node:os';
import { promisify } from 'node:util';

export interface Environment {
  cpu: string;
  /** That this process may use. */
  cores: number;
  memoryBytes: number;
  kernel: string;
  node: string;
  k6: string;
  /** Version of each part and of the balancer, as far as it is known. */
  parts: Record<string, string>;
  /** Of the checkout whose code ran; empty outside of git, and for a target that we did not start. */
  commit: string;
  /** The work tree had changes that are in no commit. */
  dirty: boolean;
}

/** @param checkout undefined for a target that we did not start */
export async function environmentOf(options: {
  k6: string;
  parts: Record<string, string>;
  checkout: string | undefined;
}): Promise<Environment> {
  const git = (...args: string[]) =>
    promisify(execFile)('git', args, { cwd: options.checkout }).then(
      ({ stdout }) => stdout.trim(),
      () => '',
    );
  const isOurs = options.checkout !== undefined;
  return {
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    kernel: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.versions.node,
    k6: options.k6,
    parts: options.parts,
    commit: isOurs ? await git('rev-parse', '--verify', '--quiet', 'HEAD') : '',
    dirty: isOurs && (await git('status', '--porcelain')) !== '',
  };
}
