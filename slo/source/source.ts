// Where figures about the past come from: a Prometheus, or a recorded file behind a Prometheus of our own. PromQL in, series out.
import type { Progress } from '../../cli/progress.ts';
import { clientOf } from './client.ts';
import { openRecording } from './recording.ts';
import type { Source } from './shapes.ts';

export type { QueryOptions, Series, Source, Span } from './shapes.ts';

/** What `--source` means when it is not given: the Prometheus of `npm run stack -- up` and of docker compose. */
export const DEFAULT_SOURCE = 'http://127.0.0.1:9090';

/**
 * Opens a Prometheus URL, or a recorded file (OpenMetrics text with timestamps). The file is loaded into a Prometheus of our own
 * on loopback, so that one PromQL engine answers both.
 * Throws a Failure (exit code 2 or 4): unreachable, empty, malformed (file and line), refused query (the query), NaN (the query).
 */
export async function openSource(
  urlOrFile: string,
  options: { progress: Progress; signal: AbortSignal },
): Promise<Source> {
  if (!/^https?:\/\//.test(urlOrFile)) return openRecording(urlOrFile, options);
  const client = clientOf(urlOrFile, urlOrFile.replace(/\/+$/, ''), options.signal);
  await client.requireSeries();
  return { what: urlOrFile, ...client, stop: async () => {} };
}
