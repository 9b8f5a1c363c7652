// The history as a file of a branch of its own. Written with git's plumbing: no work tree, no index, no checkout is touched.
import { execFile, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { failures } from './failures.ts';
import { HISTORY_FILE, holds, type Store, toLines } from './lines.ts';

export interface GitStoreOptions {
  checkout: string;
  branch: string;
  /** The branch lives there: it is fetched before and pushed after. Without one it lives in this clone. */
  remote?: string | undefined;
}

const run = promisify(execFile);
const TRIES = 20;
const PAUSE_MS = 50;
/** Git's name of what does not exist: updating a reference from it succeeds only when nobody else has made it. */
const NOTHING = '0'.repeat(40);
/** Who commits does not matter, and a machine of a pipeline may not say. */
const AUTHOR = ['-c', 'user.name=performance history', '-c', 'user.email=performance-history@localhost'];
const MAX_BYTES = 256 * 2 ** 20;

export function gitStore({ checkout, branch, remote }: GitStoreOptions): Store {
  const name = `git:${branch}${remote ? ` of ${remote}` : ''}`;
  const ref = `refs/heads/${branch}`;

  /** Output of a git command, as it is. */
  const git = async (...args: string[]) =>
    (await run('git', [...AUTHOR, ...args], { cwd: checkout, maxBuffer: MAX_BYTES })).stdout;
  const failing = (what: string) => (error: Error & { stderr?: string }) => {
    throw failures.storeFailed(name, what, (error.stderr || error.message).trim());
  };

  /** The newest commit of the branch; undefined when it does not exist. */
  async function tip(): Promise<string | undefined> {
    if (!remote) return (await git('rev-parse', '--verify', '--quiet', ref).catch(() => '')).trim() || undefined;
    const listed = await git('ls-remote', remote, ref).catch(failing(`${remote} cannot be asked`));
    if (listed.trim() === '') return undefined;
    const tracked = `refs/remotes/${remote}/${branch}`;
    await git('fetch', '--no-tags', '--quiet', remote, `+${ref}:${tracked}`).catch(failing('cannot be fetched'));
    return (await git('rev-parse', tracked)).trim();
  }

  const textAt = (commit: string | undefined) =>
    commit === undefined
      ? ''
      : git('cat-file', 'blob', `${commit}:${HISTORY_FILE}`).catch(failing('has no history in it'));

  async function commitOf(text: string, parent: string | undefined, id: string): Promise<string> {
    const blob = await feed(checkout, ['hash-object', '-w', '--stdin'], text);
    const tree = await feed(checkout, ['mktree'], `100644 blob ${blob}\t${HISTORY_FILE}\n`);
    const parents = parent === undefined ? [] : ['-p', parent];
    return (await git('commit-tree', tree, ...parents, '-m', `Result ${id}`)).trim();
  }

  /** Moves the branch, unless somebody else has moved it since `from`. */
  async function move(from: string | undefined, to: string): Promise<boolean> {
    const args = remote ? ['push', '--quiet', remote, `${to}:${ref}`] : ['update-ref', ref, to, from ?? NOTHING];
    return git(...args).then(
      () => true,
      async (error: Error & { stderr?: string }) => {
        if ((await tip()) !== from) return false;
        return failing('cannot be moved on')(error);
      },
    );
  }

  return {
    name,
    lines: async () => toLines(await textAt(await tip())),
    async append(id, line) {
      for (let tried = 0; tried < TRIES; tried++) {
        const from = await tip();
        const text = await textAt(from);
        if (holds(toLines(text), id)) return false;
        const start = text === '' || text.endsWith('\n') ? text : `${text}\n`;
        const commit = await commitOf(`${start}${line}\n`, from, id).catch(failing('cannot be written'));
        if (await move(from, commit)) return true;
        await sleep(PAUSE_MS * (1 + tried));
      }
      throw failures.lostRaces(name, TRIES);
    },
  };
}

/** Standard output, trimmed, of a git command that reads standard input. */
function feed(cwd: string, args: string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, { cwd, stdio: ['pipe', 'pipe', 'pipe'] });
    let [output, complaint] = ['', ''];
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (complaint += chunk));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(output.trim()) : reject(new Error(complaint.trim() || `git ${args[0]} ended with ${code}`)),
    );
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
