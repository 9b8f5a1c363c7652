// What the system and its rules showed while faults lasted, kept as small as the questions of the runbooks need it: written by the
// drill, read by `runbook verify`. Every instant (healthy, fault, after) of every fault has an hour of its own, so that one Prometheus
// answers for all of them and none sees another's samples.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { seriesText } from '../drill/exposition.ts';
import { scaleQuery } from '../drill/scale.ts';
import type { Client } from '../source/client.ts';
import { lookedAt } from './lookback.ts';

export const recordingsDir = path.join(import.meta.dirname, 'testdata');

const INSTANTS = ['healthy', 'fault', 'after'] as const;
export type Instant = (typeof INSTANTS)[number];

const recordingSchema = z.strictObject({
  fault: z.string(),
  what: z.string(),
  recordedAt: z.iso.datetime(),
  commit: z.string(),
  /** By what the drill had divided every duration: questions are divided alike. */
  scale: z.number().positive(),
  /** Of this fault among all, so that no two share an hour. */
  slot: z.int().nonnegative(),
  /** Seconds since 1970 at which to ask. */
  instants: z.partialRecord(z.enum(INSTANTS), z.number()),
});
export type Recording = z.infer<typeof recordingSchema>;

/** Hours begin here; no sample is as old as it looks. */
const EPOCH_SECONDS = Date.UTC(2026, 0, 1) / 1000;
const HOUR_SECONDS = 3600;

/** Values that are instants themselves go with the samples. */
const isInstant = (metric: string) => /_(timestamp|start_time)_seconds$/.test(metric);

/** A counter that has never counted: routes and outcomes that nobody asked for, most of an exposition. */
const isUnused = (metric: string, samples: [number, number][]) =>
  /_(total|count|bucket|sum)$/.test(metric) && samples.every(([, value]) => value === 0);

interface Asked {
  recording: Omit<Recording, 'instants' | 'slot'>;
  /** Seconds since 1970, while the Prometheus that saw them still answers. */
  moments: Partial<Record<Instant, number>>;
  /** Unscaled, as they stand in the pages. */
  queries: string[];
}

/** Asks for the samples that the queries look at, and writes them in place of what was recorded of this fault before. */
export async function record(
  client: Pick<Client, 'instant'>,
  { recording, moments, queries }: Asked,
  dir = recordingsDir,
): Promise<void> {
  await mkdir(dir, { recursive: true });
  const others = (await readRecordings(dir)).filter(({ fault }) => fault !== recording.fault);
  const taken = new Set(others.map(({ slot }) => slot));
  const slot = Array.from({ length: others.length + 1 }, (_, n) => n).find((n) => !taken.has(n))!;
  const lines = new Set<string>();
  const instants: Recording['instants'] = {};
  for (const [index, instant] of INSTANTS.entries()) {
    const atSeconds = moments[instant];
    if (atSeconds === undefined) continue;
    const hour = EPOCH_SECONDS + (slot * INSTANTS.length + index + 1) * HOUR_SECONDS;
    instants[instant] = hour;
    for (const query of queries) {
      for (const line of await samplesOf(client, scaleQuery(query, recording.scale), atSeconds, hour)) lines.add(line);
    }
  }
  const file = path.join(dir, recording.fault);
  await writeFile(`${file}.om`, `${[...lines].sort().join('\n')}\n# EOF\n`);
  await writeFile(`${file}.json`, `${JSON.stringify({ ...recording, slot, instants }, null, 2)}\n`);
}

/** Lines of the samples that a scaled query looks at, moved from their instant to its hour. */
async function samplesOf(
  client: Pick<Client, 'instant'>,
  query: string,
  atSeconds: number,
  hour: number,
): Promise<string[]> {
  const lines: string[] = [];
  for (const { selector, backMs, spacingMs } of lookedAt(query)) {
    const asked = backMs === 0 ? selector : `${selector}[${backMs}ms]`;
    for (const { labels, samples } of await client.instant(asked, atSeconds, { nan: 'leave-out' })) {
      const { __name__: metric = '', ...others } = labels;
      if (isUnused(metric, samples)) continue;
      const move = hour - atSeconds;
      for (const [seconds, value] of thinned(samples, spacingMs / 1000)) {
        const moved = isInstant(metric) ? value + move : value;
        lines.push(`${seriesText(metric, others)} ${moved} ${(seconds + move).toFixed(3)}`);
      }
    }
  }
  return lines;
}

/** Never further apart than asked for where they were closer; the first and the last stay. */
function thinned(samples: [number, number][], spacingSeconds: number): [number, number][] {
  const kept: [number, number][] = [];
  for (const [index, sample] of samples.entries()) {
    const next = samples[index + 1];
    const last = kept.at(-1);
    if (!last || !next || next[0] - last[0] > spacingSeconds) kept.push(sample);
  }
  return kept;
}

/** What is recorded, by the names of the faults. */
export async function readRecordings(dir = recordingsDir): Promise<Recording[]> {
  const files = (await readdir(dir).catch(() => [])).filter((file) => file.endsWith('.json')).sort();
  return Promise.all(
    files.map(async (file) => recordingSchema.parse(JSON.parse(await readFile(path.join(dir, file), 'utf8')))),
  );
}

/** All recordings as one file for `openSource`, in the order of time: of samples that go back, Prometheus takes none. */
export async function joinRecordings(recordings: Recording[], file: string, dir = recordingsDir): Promise<void> {
  const texts = await Promise.all(recordings.map(({ fault }) => readFile(path.join(dir, `${fault}.om`), 'utf8')));
  const lines = texts.flatMap((text) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#')));
  const timed = lines.map((line): [number, string] => [Number(line.slice(line.lastIndexOf(' '))), line]);
  const sorted = timed.sort(([a], [b]) => a - b).map(([, line]) => line);
  await writeFile(file, `${sorted.join('\n')}\n# EOF\n`);
}
