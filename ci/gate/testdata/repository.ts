// Git repositories in temporary folders, for tests: each removed at its end.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';

export interface Repository {
  dir: string;
  git(...args: string[]): string;
  /** Changes a file, commits it, and gives the commit. */
  commit(file?: string): string;
}

const WHO = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false'];

/** An empty repository on branch `main`, with a copy of the given folder. */
export function repository(context: TestContext, from?: string): Repository {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'gate-test-'));
  context.after(() => rmSync(dir, { recursive: true, force: true }));
  if (from) cpSync(from, dir, { recursive: true });
  const git = (...args: string[]) =>
    execFileSync('git', [...WHO, ...args], { cwd: dir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  git('init', '--quiet', '--initial-branch=main');
  let count = 0;
  return {
    dir,
    git,
    commit(file = 'file.txt') {
      writeFileSync(path.join(dir, file), `${++count}\n`);
      git('add', '--all');
      git('commit', '--quiet', '--message', `change ${count}`);
      return git('rev-parse', 'HEAD');
    },
  };
}
