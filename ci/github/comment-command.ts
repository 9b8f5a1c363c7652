// npm run gate:comment: the result of a gate as one comment of the pull request, kept up to date.
import { readFile } from 'node:fs/promises';
import type { Command, Context, Outcome } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { isGateComment, saysSomething } from '../gate/report/comment.ts';
import { keepComment } from './comments.ts';
import { github } from './config.ts';
import { failures } from './failures.ts';

const FILE = 'reports/gate/comment.md';

export const command: Command = {
  name: 'gate:comment',
  summary:
    'Posts the result of a gate to the pull request: one comment, changed by every later gate, and none when nothing changed.',
  words: `[comment.md]`,
  options: {
    repository: { type: 'string', value: 'OWNER/NAME', help: 'default: GITHUB_REPOSITORY' },
    'pull-request': { type: 'string', value: 'N', help: 'default: that of the event of this job' },
    api: { type: 'string', value: 'URL', help: 'of GitHub, or of an own server (default: GITHUB_API_URL)' },
  },
  examples: [
    { line: 'npm run gate:comment', does: `in GitHub Actions: posts ${FILE}, with the token in GITHUB_TOKEN` },
    {
      line: 'npm run gate:comment -- out/comment.md --pull-request 12',
      does: 'another file, to a chosen pull request',
    },
  ],
  run,
};

async function run({ words, options, signal }: Context): Promise<Outcome> {
  const file = words[0] ?? FILE;
  const text = (name: string) => (typeof options[name] === 'string' ? options[name] : undefined);
  const body = await readFile(file, 'utf8').catch((error: Error) => {
    throw failures.noComment(file, error.message);
  });
  if (!isGateComment(body)) throw failures.notOurs(file);
  const repository = text('repository') ?? github.repository;
  const number = numberOf(text('pull-request')) ?? github.pullRequest();
  if (!repository) throw failures.missing('the repository', '--repository OWNER/NAME');
  if (!number) throw failures.missing('the pull request', '--pull-request N');
  if (!github.token) throw failures.missing('the token', 'GITHUB_TOKEN in the environment');
  const apiUrl = (text('api') ?? github.apiUrl).replace(/\/$/, '');
  const { did, url } = await keepComment({ apiUrl, repository, number, token: github.token }, body, {
    isOurs: isGateComment,
    mayCreate: saysSomething(body),
    signal,
  });
  const done = did === 'nothing' ? 'nothing changed and there is no comment: none was made' : `comment ${did}: ${url}`;
  return { exitCode: EXIT.pass, data: { did, url, pullRequest: number }, text: done };
}

function numberOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^[1-9]\d{0,15}$/.test(value)) throw failures.badNumber(value);
  return Number(value);
}
