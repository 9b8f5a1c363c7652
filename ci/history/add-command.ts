// npm run history -- add: a result of the gate into the store, once.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Command, Context, Outcome } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { failures } from './failures.ts';
import { STORE_OPTIONS, storeOf } from './options.ts';
import { toLine, toRecord } from './record.ts';

const git = promisify(execFile);

export const command: Command = {
  name: 'history -- add',
  summary: 'Appends the result of a gate to the history; the same run of the same commit is stored once.',
  words: '<result.json>',
  options: {
    ...STORE_OPTIONS,
    run: { type: 'string', value: 'ID', help: 'what tells two runs of a commit apart (default: when the gate began)' },
    'committed-at': { type: 'string', value: 'TIME', help: 'time of the commit, when this clone does not know it' },
  },
  examples: [
    {
      line: 'npm run history -- add reports/gate/result.json',
      does: 'into the branch performance-history of this clone',
    },
    {
      line: 'npm run history -- add reports/gate/result.json --remote origin --run "$GITHUB_RUN_ID"',
      does: 'in a pipeline: the branch is fetched and pushed',
    },
  ],
  run,
};

async function run(context: Context): Promise<Outcome> {
  const [file, ...others] = context.words;
  if (!file || others.length > 0)
    throw failures.words(context.words, 'npm run history -- add reports/gate/result.json');
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw failures.noFile(file, error.message);
  });
  const { options } = context;
  const { run: runId, 'committed-at': given } = options;
  // Git is asked only when the file has turned out to be a result: the commit in it is the question.
  const draft = toRecord(text, file, {
    run: typeof runId === 'string' ? runId : undefined,
    committedAt: () => '1970-01-01T00:00:00Z',
  });
  const record = { ...draft, committedAt: typeof given === 'string' ? timeOf(given) : await commitTime(draft.commit) };
  const store = storeOf(context);
  const isNew = await store.append(record.id, toLine(record));
  return {
    exitCode: EXIT.pass,
    data: { store: store.name, added: isNew, record },
    text: [
      `${isNew ? 'added' : 'already there'}: ${record.commit.slice(0, 10)} against ${record.base.slice(0, 10)}, ${record.verdict}, in ${store.name}`,
      '',
      `next:   npm run history -- show --store ${options.store}${options.remote ? ` --remote ${options.remote}` : ''}`,
    ].join('\n'),
  };
}

function timeOf(given: string): string {
  const at = new Date(given);
  if (Number.isNaN(at.getTime()))
    throw failures.words([`--committed-at ${given}`], 'a time as in 2026-11-23T06:00:00Z');
  return at.toISOString();
}

async function commitTime(commit: string): Promise<string> {
  const shown = await git('git', ['show', '--no-patch', '--format=%cI', '--end-of-options', commit]).catch(() => {
    throw failures.unknownCommit(commit);
  });
  return new Date(shown.stdout.trim()).toISOString();
}
