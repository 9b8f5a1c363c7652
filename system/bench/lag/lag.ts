// Benchmark: projection lag as a caller sees it (write, then read until it shows), by the probe of `npm run load` under
// one of its scenarios. One round is one whole run of that command with a seed of its own.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { local } from '../../local/config.ts';
import { type BenchOptions, type BenchResult, judged } from '../result.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
/** Measured time of one round. */
const SECONDS = 20;
const MOST_OUTPUT_BYTES = 64 * 2 ** 20;

/** What is used of the command's JSON. */
const answer = z.object({
  verdict: z.string(),
  validity: z.object({ valid: z.boolean() }),
  lag: z.object({
    lag: z.object({
      relativeError: z.number(),
      /** Writes that never showed. */
      infinite: z.number(),
      /** [index, count], by index. */
      buckets: z.array(z.tuple([z.number(), z.number()])),
    }),
  }),
});

type Lags = z.infer<typeof answer>['lag']['lag'];

/** @param mostMs the goal: p95 of the lag in milliseconds */
export async function lagUnder(
  scenario: 'average' | 'peak',
  mostMs: number,
  { rounds, dir, progress, signal }: BenchOptions,
): Promise<BenchResult> {
  const ours: number[] = [];
  const notes = [
    `a round is one run of \`npm run load -- ${scenario}\`, ${SECONDS} s behind its warm-up, about four probes a second`,
  ];
  for (let round = 0; round < rounds; round++) {
    const words = [
      scenario,
      '--seconds',
      String(SECONDS),
      '--seed',
      String(round + 1),
      '--out',
      join(dir, String(round)),
      '--json',
    ];
    const { verdict, validity, lag } = answer.parse(JSON.parse(await load(words, signal)));
    const p95Ms = quantile(lag.lag, 0.95);
    ours.push(p95Ms);
    if (!validity.valid) notes.push(`round ${round + 1}: the load says INVALID, its generator was not on time`);
    progress.note(`round ${round + 1}/${rounds}: p95 ${p95Ms.toFixed(1)} ms (${verdict})`);
  }
  return judged({ name: `lag-${scenario}`, unit: 'ms p95', ours, rivals: {}, goals: [{ atMost: mostMs }], notes });
}

/** Standard output of `npm run load`. A verdict other than pass is an answer too; only no answer is an error. */
async function load(words: string[], signal?: AbortSignal): Promise<string> {
  const running = promisify(execFile)(process.execPath, [join(ROOT, 'cli.ts'), 'load', ...words], {
    cwd: ROOT,
    env: local.installEnv,
    maxBuffer: MOST_OUTPUT_BYTES,
    signal,
    killSignal: 'SIGINT',
  });
  const { stdout } = await running.catch((error: Error & { stdout: string }) => {
    signal?.throwIfAborted();
    if (!error.stdout) throw error;
    return error;
  });
  return stdout;
}

/** The value at rank ceil(q n); the JSON is that of a DDSketch (Masson, Rim, Lee, VLDB 2019, section 2.1). */
export function quantile({ relativeError, infinite, buckets }: Lags, q: number): number {
  const gamma = (1 + relativeError) / (1 - relativeError);
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  const count = sorted.reduce((sum, [, n]) => sum + n, infinite);
  if (count === 0) throw new RangeError('no probe of the lag came back');
  let rank = Math.ceil(q * count);
  for (const [index, n] of sorted) {
    rank -= n;
    if (rank <= 0) return (2 * gamma ** index) / (gamma + 1);
  }
  return Infinity;
}
