// What the gate asks of git: which commit is the base, and a work tree of it that goes away again.
import { execFile } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { failures } from './failures.ts';
import type { Build } from './result.ts';

const run = promisify(execFile);
const RUN_DIR = '.run/gate';
const PREFIX = 'base-';

/** Standard output of a git command, trimmed; undefined when it ends with another code than 0. */
async function git(checkout: string, ...args: string[]): Promise<string | undefined> {
  return run('git', args, { cwd: checkout }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}

const commitOf = (checkout: string, ref: string) =>
  git(checkout, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`);

async function build(checkout: string, commit: string, chosen: string): Promise<Build> {
  return { commit, tree: (await git(checkout, 'rev-parse', `${commit}^{tree}`)) ?? '', chosen, dirty: false };
}

/** The head arm: the working tree as it stands. Without a repository the commit is empty. */
export async function headBuild(checkout: string): Promise<Build> {
  const commit = await commitOf(checkout, 'HEAD');
  if (!commit) return { commit: '', tree: '', chosen: 'working tree outside of git', dirty: true };
  const isDirty = (await git(checkout, 'status', '--porcelain')) !== '';
  return { ...(await build(checkout, commit, 'working tree')), dirty: isDirty };
}

/**
 * The base arm: the given ref; otherwise the merge base with the default branch; on that branch or without one the
 * previous commit; without a previous commit head itself.
 * Throws `base.unknown`, or `gate.no-repository` when there is no commit at all.
 */
export async function baseBuild(checkout: string, ref?: string): Promise<Build> {
  const head = await commitOf(checkout, 'HEAD');
  if (!head) throw failures.notARepository(checkout);
  if (ref !== undefined) {
    const commit = await commitOf(checkout, ref);
    if (!commit) throw failures.unknownBase(ref);
    return build(checkout, commit, ref);
  }
  const branch = await defaultBranch(checkout);
  const common = branch && (await git(checkout, 'merge-base', 'HEAD', branch));
  if (common && common !== head) return build(checkout, common, `merge base with ${branch}`);
  const previous = await commitOf(checkout, 'HEAD~1');
  if (previous) return build(checkout, previous, 'previous commit');
  return build(checkout, head, 'head itself: there is no previous commit');
}

/** Throws `builds.same` when both arms are the same tree: a PASS would say nothing of any change. */
export function refuseSameBuild(base: Build, head: Build): void {
  if (base.tree === head.tree && !head.dirty) throw failures.sameBuild(base.commit, base.chosen);
}

async function defaultBranch(checkout: string): Promise<string | undefined> {
  const remote = await git(checkout, 'symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD');
  for (const name of [remote, 'origin/main', 'origin/master', 'main', 'master']) {
    if (name && (await commitOf(checkout, name))) return name;
  }
  return undefined;
}

/** A work tree of a commit inside the checkout's `.run`, and its end. Those that a crashed gate left behind go first. */
export async function addWorktree(checkout: string, commit: string): Promise<{ dir: string; remove(): Promise<void> }> {
  await removeStale(checkout);
  const dir = path.join(checkout, RUN_DIR, `${PREFIX}${process.pid}`);
  await run('git', ['worktree', 'add', '--detach', '--force', dir, commit], { cwd: checkout }).catch((error: Error) => {
    throw failures.baseNotReady(commit, error.message.trim());
  });
  return { dir, remove: () => removeWorktree(checkout, dir) };
}

async function removeStale(checkout: string): Promise<void> {
  const entries = await readdir(path.join(checkout, RUN_DIR)).catch(() => []);
  for (const entry of entries) {
    const pid = entry.startsWith(PREFIX) ? Number(entry.slice(PREFIX.length)) : Number.NaN;
    if (Number.isInteger(pid) && !isAlive(pid)) await removeWorktree(checkout, path.join(checkout, RUN_DIR, entry));
  }
  await git(checkout, 'worktree', 'prune');
}

async function removeWorktree(checkout: string, dir: string): Promise<void> {
  await git(checkout, 'worktree', 'remove', '--force', dir);
  await rm(dir, { recursive: true, force: true });
  await git(checkout, 'worktree', 'prune');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
