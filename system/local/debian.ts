// Debian packages: for the parts that no language registry carries.
import { local } from './config.ts';
import { failures } from './failures.ts';
import type { Program } from './part.ts';
import { install, onPath, versionOf } from './program.ts';

let queue: Promise<void> = Promise.resolve();

/**
 * A program on PATH, or from the Debian package that has it. Throws `part.missing` where neither is to be had.
 * @param versionArgs what makes the program print its version; null: nothing does without starting it
 */
export async function fromPathOrDebian(
  name: string,
  debian: string,
  mac: string,
  versionArgs?: string[] | null,
): Promise<Program> {
  const before = await onPath(name);
  if (!before) await debianPackage(debian, mac);
  const path = before ?? (await onPath(name));
  if (!path) throw failures.partMissing(name, 'not on PATH', `apt-get install ${debian}`, mac);
  return {
    path,
    version: versionArgs === null ? '0' : await versionOf(path, versionArgs),
    from: before ? 'PATH' : 'registry',
  };
}

/** Installs a Debian package, one at a time in this process. RUNLEVEL=1 keeps its service from being started. */
function debianPackage(name: string, mac: string): Promise<void> {
  const done = queue.then(() => installNow(name, mac));
  queue = done.catch(() => {});
  return done;
}

async function installNow(name: string, mac: string): Promise<void> {
  const byHand = `apt-get install ${name}`;
  if (!(await onPath('apt-get')))
    throw failures.partMissing(name, 'not on PATH, and this machine has no apt-get', byHand, mac);
  const sudo = local.isRoot ? [] : ['sudo', '-n'];
  if (sudo.length > 0 && !(await onPath('sudo')))
    throw failures.partMissing(name, 'not on PATH, and installing it needs root', `sudo ${byHand}`, mac);
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const command = [
    ...sudo,
    'apt-get',
    '-o',
    'DPkg::Lock::Timeout=120',
    'install',
    '-y',
    '--no-install-recommends',
    name,
  ];
  try {
    await install(name, command, { env });
  } catch {
    await install(name, [...sudo, 'apt-get', 'update'], { env });
    await install(name, command, { env });
  }
}
