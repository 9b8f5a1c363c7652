// Comments of a pull request by GitHub's REST API: find ours, make it, change it.
// https://docs.github.com/rest/issues/comments (version 2022-11-28)
import { failures } from './failures.ts';

export interface PullRequest {
  apiUrl: string;
  /** `owner/name`. */
  repository: string;
  number: number;
  token: string;
}

interface Comment {
  id: number;
  body?: string;
  html_url: string;
}

const PAGE = 100;
const TIMEOUT_MS = 20_000;

/**
 * Brings one comment up to date: the first one that `isOurs` is changed; without one a new one is made, if `mayCreate`.
 * Nothing is sent when the text stands there already.
 * @returns what was done, and the address of the comment
 */
export async function keepComment(
  pull: PullRequest,
  body: string,
  options: { isOurs(body: string): boolean; mayCreate: boolean; signal: AbortSignal },
): Promise<{ did: 'created' | 'changed' | 'kept' | 'nothing'; url: string | null }> {
  const { signal } = options;
  const found = await find(pull, options.isOurs, signal);
  if (found) {
    if (found.body === body) return { did: 'kept', url: found.html_url };
    const path = `/repos/${pull.repository}/issues/comments/${found.id}`;
    const { data } = await call<Comment>(pull, 'change the comment', 'PATCH', path, signal, { body });
    return { did: 'changed', url: data.html_url };
  }
  if (!options.mayCreate) return { did: 'nothing', url: null };
  const path = `/repos/${pull.repository}/issues/${pull.number}/comments`;
  const { data } = await call<Comment>(pull, 'add a comment', 'POST', path, signal, { body });
  return { did: 'created', url: data.html_url };
}

/** Goes through the pages as the Link header names them. */
async function find(pull: PullRequest, isOurs: (body: string) => boolean, signal: AbortSignal) {
  let next: string | undefined = `/repos/${pull.repository}/issues/${pull.number}/comments?per_page=${PAGE}`;
  while (next) {
    const page: { data: Comment[]; next: string | undefined } = await call(pull, 'list comments', 'GET', next, signal);
    const ours = page.data.find((comment) => isOurs(comment.body ?? ''));
    if (ours) return ours;
    next = page.next;
  }
  return undefined;
}

async function call<T>(
  { apiUrl, token }: PullRequest,
  what: string,
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  signal: AbortSignal,
  body?: object,
): Promise<{ data: T; next: string | undefined }> {
  const url = path.startsWith('http') ? path : `${apiUrl}${path}`;
  const response = await fetch(url, {
    method,
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${token}`,
      'x-github-api-version': '2022-11-28',
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  }).catch((error: Error) => {
    signal.throwIfAborted();
    throw failures.unreachable(apiUrl, (error.cause as Error | undefined)?.message ?? error.message);
  });
  const text = await response.text();
  if (!response.ok) throw failures.refused(what, response.status, messageOf(text));
  const link = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  // Only ever to the server that the token is for.
  const next = link && new URL(link).origin === new URL(apiUrl).origin ? link : undefined;
  return { data: JSON.parse(text) as T, next };
}

function messageOf(text: string): string {
  try {
    return String((JSON.parse(text) as { message?: unknown }).message ?? text).slice(0, 300);
  } catch {
    return text.slice(0, 300);
  }
}
