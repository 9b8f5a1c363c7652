// For tests: recorded files made of planted series, in a folder that goes with the test.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silent } from '../../cli/progress.ts';
import { openMetricsText } from './openmetrics.ts';
import { openSource, type Series, type Source } from './source.ts';

/** `name{a="b"}` as labels. */
export function seriesOf(name: string, labels: Record<string, string>, samples: Series['samples']): Series {
  return { labels: { __name__: name, ...labels }, samples };
}

/** A folder for recorded files; `remove` at the end of the test. */
export async function recordingsFolder() {
  const dir = await mkdtemp(join(tmpdir(), 'slo-recordings-'));
  let count = 0;
  return {
    dir,
    async write(content: readonly Series[] | string): Promise<string> {
      const file = join(dir, `${++count}.om`);
      await writeFile(file, typeof content === 'string' ? content : openMetricsText(content));
      return file;
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

/** Opens a source, hands it over and ends it, whatever happens. */
export async function withSource<T>(urlOrFile: string, use: (source: Source) => Promise<T>): Promise<T> {
  const source = await openSource(urlOrFile, { progress: silent, signal: new AbortController().signal });
  try {
    return await use(source);
  } finally {
    await source.stop();
  }
}
