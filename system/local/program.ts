// Finding a program and running one to its end.
import { execFile, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { local } from './config.ts';
import { failures } from './failures.ts';

const exec = promisify(execFile);

/** Where a program is on PATH, or undefined. */
export async function onPath(name: string): Promise<string | undefined> {
  for (const dir of local.path) {
    const file = join(dir, name);
    if (
      await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return file;
  }
  return undefined;
}

/** The first version number that a program prints when asked with `args`; '0' when it prints none. */
export async function versionOf(program: string, args: string[] = ['--version']): Promise<string> {
  const { stdout, stderr } = await exec(program, args, { env: local.childEnv });
  return versionIn(stdout + stderr);
}

/** The first version number of a text; '0' when there is none. Who was built without its own prints only that of Go: `go1.26.8`. */
export const versionIn = (text: string): string => /(?<!\bgo[\d.]*)\d+\.\d+(\.\d+)?/.exec(text)?.[0] ?? '0';

/** Compares two dotted versions: negative when a is older. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Runs an installer to its end with our whole environment. Throws `part.install-failed` with its last lines. */
export async function install(
  what: string,
  command: string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<void> {
  const [program, ...args] = command;
  const child = spawn(program!, args, {
    cwd: options.cwd,
    env: { ...local.installEnv, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => (output = (output + chunk).slice(-20_000)));
  const code = await new Promise<number | string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (exit, signal) => resolve(exit ?? signal ?? 'unknown'));
  });
  if (code !== 0) throw failures.installFailed(what, command.join(' '), `${output}\n(${code})`);
}
