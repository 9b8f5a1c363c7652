// Load runs near an incident: the folder of reports in, those that ran in a span out.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Span } from './counts.ts';

export interface LoadTest {
  fromSeconds: number;
  toSeconds: number;
  scenario: string;
  ratePerSecond: number;
  /** Where its result stands. */
  file: string;
}

/** What we need of `result.json` of a load run (loadtests/run/result.ts). */
const runSchema = z.object({
  // Both have these fields.
  schema: z.enum(['amsperf/run/v1', 'amsperf/run/v2']),
  scenario: z.string(),
  startedAt: z.iso.datetime(),
  plan: z.object({ durationMs: z.number(), ratePerSecond: z.number() }),
});

/** Runs of which a part lies in the span, in the order of time; folders without the result of a load run are passed over. */
export async function loadTestsIn(reports: string, span: Span): Promise<LoadTest[]> {
  const entries = await readdir(reports, { withFileTypes: true }).catch(() => []);
  const runs: LoadTest[] = [];
  for (const entry of entries.filter((one) => one.isDirectory())) {
    const file = path.join(reports, entry.name, 'result.json');
    const found = runSchema.safeParse(await json(file));
    if (!found.success) continue;
    const { scenario, startedAt, plan } = found.data;
    const fromSeconds = Date.parse(startedAt) / 1000;
    const toSeconds = fromSeconds + plan.durationMs / 1000;
    if (toSeconds < span.fromSeconds || fromSeconds > span.toSeconds) continue;
    runs.push({ fromSeconds, toSeconds, scenario, ratePerSecond: plan.ratePerSecond, file });
  }
  return runs.sort((a, b) => a.fromSeconds - b.fromSeconds);
}

async function json(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}
