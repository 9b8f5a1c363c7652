// The words that every command of the history takes, and the store and history they name.
import type { Context, OptionSpec } from '../../cli/command.ts';
import { failures } from './failures.ts';
import type { Store } from './lines.ts';
import { type History, readHistory } from './record.ts';
import { openStore } from './store.ts';

export const STORE_OPTIONS: Record<string, OptionSpec> = {
  store: {
    type: 'string',
    value: 'STORE',
    help: 'folder:DIR, git:BRANCH or postgres://host/database',
    default: 'git:performance-history',
  },
  remote: { type: 'string', value: 'NAME', help: 'git: the branch lives in this remote: fetched before, pushed after' },
};

export function storeOf({ options }: Pick<Context, 'options'>): Store {
  return openStore(String(options.store), {
    checkout: process.cwd(),
    remote: typeof options.remote === 'string' ? options.remote : undefined,
  });
}

/** What is in the store; what is wrong in it is said on standard error. Throws `history.empty`. */
export async function historyOf(context: Context): Promise<{ store: Store; history: History }> {
  const store = storeOf(context);
  const history = readHistory(await store.lines());
  for (const { line, why } of history.malformed)
    context.progress.note(`${store.name}: line ${line} is no record: ${why}`);
  if (history.records.length === 0) throw failures.empty(store.name);
  return { store, history };
}
