// Where the history is kept, chosen by a word such as `git:performance-history`.
import { failures } from './failures.ts';
import { folderStore } from './folder-store.ts';
import { gitStore } from './git-store.ts';
import type { Store } from './lines.ts';
import { postgresStore } from './postgres-store.ts';

/**
 * The store that a word names. Nothing is created before the first line is appended.
 * @param options.checkout the repository of `git:` stores
 * @param options.remote `git:` only: the branch lives there, and is fetched and pushed
 */
export function openStore(word: string, options: { checkout: string; remote?: string | undefined }): Store {
  const [, kind, place] = /^(folder|git):(.+)$/.exec(word) ?? [];
  if (kind === 'folder' && place) return folderStore(place);
  if (kind === 'git' && place) return gitStore({ branch: place, ...options });
  if (/^postgres(ql)?:\/\//.test(word) && URL.canParse(word)) return postgresStore(word);
  throw failures.badStore(word);
}
