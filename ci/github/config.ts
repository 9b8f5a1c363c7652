// What GitHub Actions tells a step: https://docs.github.com/actions/reference/workflows-and-actions/variables
import { readFileSync } from 'node:fs';

const env = process.env;

export const github = {
  token: env.GITHUB_TOKEN || undefined,
  /** `owner/name`. */
  repository: env.GITHUB_REPOSITORY || undefined,
  apiUrl: env.GITHUB_API_URL || 'https://api.github.com',
  /** Number of the pull request that started this job; undefined when it was something else. */
  pullRequest(): number | undefined {
    if (!env.GITHUB_EVENT_PATH) return undefined;
    try {
      const event = JSON.parse(readFileSync(env.GITHUB_EVENT_PATH, 'utf8')) as { pull_request?: { number?: unknown } };
      return typeof event.pull_request?.number === 'number' ? event.pull_request.number : undefined;
    } catch {
      return undefined;
    }
  },
};
