import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';
import { addWorktree, baseBuild, headBuild } from './git.ts';
import { repository } from './testdata/repository.ts';

const isUsage = (code: string) => (error: unknown) =>
  error instanceof Failure && error.code === code && error.exitCode === EXIT.usage;

test('on a branch the base is the merge base with the default branch', async (t) => {
  const { dir, git, commit } = repository(t);
  const forked = commit();
  git('checkout', '--quiet', '-b', 'work');
  commit();
  commit();
  git('checkout', '--quiet', 'main');
  commit('other.txt');
  git('checkout', '--quiet', 'work');
  const base = await baseBuild(dir);
  assert.equal(base.commit, forked);
  assert.equal(base.chosen, 'merge base with main');
});

test('the default branch of the remote comes before a local main', async (t) => {
  const { dir, git, commit } = repository(t);
  const forked = commit();
  git('update-ref', 'refs/remotes/origin/trunk', forked);
  git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/trunk');
  commit();
  assert.deepEqual(await baseBuild(dir).then(({ commit, chosen }) => [commit, chosen]), [
    forked,
    'merge base with origin/trunk',
  ]);
});

test('on the default branch the base is the previous commit', async (t) => {
  const { dir, commit } = repository(t);
  const previous = commit();
  commit();
  assert.deepEqual(await baseBuild(dir).then(({ commit, chosen }) => [commit, chosen]), [previous, 'previous commit']);
});

test('without a previous commit head is compared with itself, and says so', async (t) => {
  const { dir, commit } = repository(t);
  const only = commit();
  const base = await baseBuild(dir);
  assert.equal(base.commit, only);
  assert.match(base.chosen, /head itself/);
  assert.equal(base.tree, (await headBuild(dir)).tree);
});

test('an unknown ref, and words that git would take for an option, are usage errors', async (t) => {
  const { dir, commit } = repository(t);
  commit();
  await assert.rejects(baseBuild(dir, 'nowhere'), isUsage('base.unknown'));
  await assert.rejects(baseBuild(dir, '--all'), isUsage('base.unknown'));
});

test('a repository without a commit has no base, but a head', async (t) => {
  const { dir } = repository(t);
  await assert.rejects(baseBuild(dir), isUsage('gate.no-repository'));
  assert.equal((await headBuild(dir)).commit, '');
});

test('head says when the working tree has changes', async (t) => {
  const { dir, commit } = repository(t);
  commit();
  assert.equal((await headBuild(dir)).dirty, false);
  writeFileSync(path.join(dir, 'file.txt'), 'changed');
  assert.equal((await headBuild(dir)).dirty, true);
});

test('a work tree holds the commit, goes away, and takes one with it that a crash left behind', async (t) => {
  const { dir, git, commit } = repository(t);
  const first = commit('first.txt');
  commit('second.txt');
  // No process has a number above the kernel's limit of 2^22.
  const stale = path.join(dir, '.run', 'gate', 'base-99999999');
  mkdirSync(path.dirname(stale), { recursive: true });
  git('worktree', 'add', '--detach', stale, first);

  const worktree = await addWorktree(dir, first);
  assert.ok(existsSync(path.join(worktree.dir, 'first.txt')));
  assert.ok(!existsSync(path.join(worktree.dir, 'second.txt')));
  assert.ok(!existsSync(stale));
  await worktree.remove();
  assert.ok(!existsSync(worktree.dir));
  assert.equal(git('worktree', 'list').split('\n').length, 1);
});
