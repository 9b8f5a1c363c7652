// A recorded file behind a Prometheus of our own: OpenMetrics text with timestamps (packed when its name ends in .gz) is loaded by
// promtool and asked like any other source.
import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Progress } from '../../cli/progress.ts';
import { scratchDir } from '../../system/local/parts.ts';
import { findPrometheus, startPrometheus } from '../../system/local/prometheus.ts';
import { clientOf } from './client.ts';
import { readLine } from './exposition.ts';
import { failures } from './failures.ts';
import type { MetricMetadata, Source } from './shapes.ts';

/** Seconds above this are a date after the year 5000: milliseconds, by mistake. */
const LATEST_SECONDS = 1e11;
/** One block for a whole month: blocks of the usual two hours would be hundreds. */
const BLOCK = '768h';

interface Reading {
  samples: number;
  fromSeconds: number;
  toSeconds: number;
  metadata: Map<string, MetricMetadata>;
}

/** Loads the file and starts the Prometheus that answers for it. Nothing stays running or on disk after `stop` or a failure. */
export async function openRecording(
  file: string,
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<Source> {
  progress.step(`loading ${file}`);
  const scratch = await scratchDir();
  try {
    const plain = file.endsWith('.gz') ? await unpacked(file, scratch.dir) : file;
    const reading = await readRecording(plain, file);
    if (reading.samples === 0) throw failures.empty(file);
    const data = join(scratch.dir, 'prometheus');
    await mkdir(data, { recursive: true });
    await createBlocks(plain, data, signal);
    const configFile = join(scratch.dir, 'prometheus.yml');
    await writeFile(configFile, 'scrape_configs: []\n');
    // The samples may be years old, and nothing of them may be dropped.
    const flags = ['--storage.tsdb.retention.time=100y'];
    const part = await startPrometheus({ dir: scratch.dir, configFile, progress, signal, flags });
    progress.note(`${reading.samples} samples in Prometheus ${part.version}`);
    return {
      what: file,
      extent: { fromSeconds: reading.fromSeconds, toSeconds: reading.toSeconds },
      ...clientOf(file, part.url, signal),
      metadata: async () => reading.metadata,
      async stop() {
        await part.stop();
        await scratch.remove();
      },
    };
  } catch (error) {
    await scratch.remove();
    throw error;
  }
}

async function unpacked(file: string, dir: string): Promise<string> {
  await requireFile(file);
  const plain = join(dir, 'recording.om');
  await pipeline(createReadStream(file), createGunzip(), createWriteStream(plain)).catch((error: Error) => {
    throw failures.malformed(file, `it cannot be unpacked: ${error.message}`);
  });
  return plain;
}

async function requireFile(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw failures.noFile(file);
}

/**
 * Reads every line once, because promtool does not say which one is wrong.
 * @param file as people know it, for messages
 */
async function readRecording(plain: string, file: string): Promise<Reading> {
  await requireFile(plain);
  const reading: Reading = {
    samples: 0,
    fromSeconds: Number.POSITIVE_INFINITY,
    toSeconds: Number.NEGATIVE_INFINITY,
    metadata: new Map(),
  };
  let number = 0;
  let ended = false;
  for await (const text of createInterface({ input: createReadStream(plain), crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    const place = `${file}:${number}`;
    if (ended) throw failures.malformed(place, 'a line after # EOF');
    const line = readLine(text);
    if (line.kind === 'malformed') throw failures.malformed(place, line.what);
    if (line.kind === 'other' && !text.startsWith('#')) throw failures.malformed(place, 'an empty line');
    if (line.kind === 'end') ended = true;
    if (line.kind === 'type' || line.kind === 'unit') {
      const known = reading.metadata.get(line.name) ?? { type: 'unknown', unit: '' };
      reading.metadata.set(line.name, { ...known, [line.kind]: line.value });
    }
    if (line.kind !== 'sample') continue;
    const { timestamp } = line.sample;
    if (timestamp === undefined) throw failures.malformed(place, 'a sample without its time');
    if (timestamp > LATEST_SECONDS) throw failures.malformed(place, `the time ${timestamp} is not in seconds`);
    reading.samples++;
    reading.fromSeconds = Math.min(reading.fromSeconds, timestamp);
    reading.toSeconds = Math.max(reading.toSeconds, timestamp);
  }
  if (!ended && number > 0)
    throw failures.malformed(`${file}:${number}`, 'the file ends without # EOF: it was cut off');
  return reading;
}

/** Makes blocks of a recorded file in the folder from which a Prometheus will start. */
export async function createBlocks(file: string, dir: string, signal: AbortSignal): Promise<void> {
  const { path } = await findPrometheus('promtool');
  const args = ['tsdb', 'create-blocks-from', 'openmetrics', '--quiet', `--max-block-duration=${BLOCK}`, file, dir];
  await new Promise<void>((resolve, reject) => {
    execFile(path, args, { signal }, (error, stdout, stderr) => {
      if (signal.aborted) reject(signal.reason);
      else if (error) reject(failures.notLoaded(file, stdout + stderr));
      else resolve();
    });
  });
}
