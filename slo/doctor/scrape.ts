// One look at a /metrics address, as Prometheus takes it: a URL in, what it exposes and what is wrong with the text out.
import { readLine } from '../source/exposition.ts';
import { failures } from './failures.ts';
import { type Exposed, type Finding, note, wrong } from './finding.ts';

export interface Scrape extends Exposed {
  url: string;
  bytes: number;
  findings: Finding[];
}

const ACCEPT = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5';
const TIMEOUT_MS = 30_000;
/** 8 MB of metrics kept an event loop busy for 1 s: this much is a quarter of it, once in every scrape. */
const MOST_BYTES = 2_000_000;
const MANY_SERIES = 10_000;

/** Throws a Failure (exit code 4) when nothing answers or nothing is exposed. A malformed line is a finding. */
export async function scrape(url: string, signal: AbortSignal): Promise<Scrape> {
  let text: string;
  let isOpenMetrics: boolean;
  try {
    const response = await fetch(url, {
      headers: { accept: ACCEPT },
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    isOpenMetrics = response.headers.get('content-type')?.includes('openmetrics') ?? false;
    text = await response.text();
  } catch (error) {
    signal.throwIfAborted();
    const { message, cause } = error as Error & { cause?: { code?: string } };
    throw failures.unreachable(url, cause?.code ?? message);
  }
  return readExposition(url, text, isOpenMetrics);
}

/** The text of one scrape. `url` is only for messages. Pure. */
export function readExposition(url: string, text: string, isOpenMetrics: boolean): Scrape {
  const found: Scrape = { url, bytes: Buffer.byteLength(text), samples: [], types: new Map(), findings: [] };
  const malformed: string[] = [];
  let hasEnd = false;
  for (const [index, line] of text.split('\n').entries()) {
    const read = readLine(line.replace(/\r$/, ''));
    if (read.kind === 'sample') found.samples.push(read.sample);
    else if (read.kind === 'type') found.types.set(read.name, read.value);
    else if (read.kind === 'malformed') malformed.push(`line ${index + 1}: ${read.what}`);
    hasEnd ||= read.kind === 'end';
  }
  if (found.samples.length + found.types.size === 0) throw failures.empty(url);
  const say = (finding: Finding) => found.findings.push(finding);
  const [first] = malformed;
  if (first !== undefined)
    say(
      wrong(
        'format',
        first,
        `${malformed.length} lines are no samples: Prometheus refuses the whole scrape`,
        'mend the exporter of that line',
      ),
    );
  if (isOpenMetrics && !hasEnd)
    say(
      wrong('format', url, 'it ends without # EOF: Prometheus refuses the whole scrape', 'end OpenMetrics with # EOF'),
    );
  const megabytes = (found.bytes / 1e6).toFixed(1);
  if (found.bytes > MOST_BYTES)
    say(
      wrong(
        'size',
        url,
        `${megabytes} MB in ${found.samples.length} series, written anew at every scrape: 8 MB block an event loop for about 1 s`,
        'drop labels with many values; the table says which',
      ),
    );
  else if (found.samples.length > MANY_SERIES)
    say(note('size', url, `${found.samples.length} series of one process`, 'look for labels with many values'));
  return found;
}
