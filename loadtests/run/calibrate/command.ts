// npm run load -- calibrate: what the load generator adds of its own at a rate, measured anew.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Context, Outcome } from '../../../cli/command.ts';
import { positive, usage } from '../../../cli/command.ts';
import { EXIT } from '../../../cli/exit.ts';
import { table } from '../../../cli/table.ts';
import { findK6 } from '../../../system/local/k6.ts';
import { scratchDir } from '../../../system/local/parts.ts';
import { DEFAULT_LIMITS } from '../../workload/limits.ts';
import { calibrate } from './calibrate.ts';

/** Words: rates per second; without one the rates given. */
export async function calibrateCommand(context: Context, usual: readonly number[]): Promise<Outcome> {
  const { progress, signal, words } = context;
  const rates = words.length > 0 ? words.map((word) => positive('rate', word, 'requests per second')) : usual;
  if (rates.some((rate) => rate > MOST)) throw usage(`at most ${MOST}/s`, 'npm run load -- calibrate 300');
  const k6 = await findK6(progress);
  const scratch = await scratchDir();
  const dir = path.join(scratch.dir, 'calibration');
  try {
    const found = [];
    for (const rate of rates) {
      found.push(await calibrate(rate, { k6, dir, limits: DEFAULT_LIMITS, progress, signal, anew: true }));
      await rm(dir, { recursive: true, force: true });
    }
    const rows = found.map(({ calibration: one, doubts }) => [
      `${one.ratePerSecond}`,
      ...[one.serviceP50Ms, one.serviceP95Ms, one.serviceP99Ms, one.latenessP50Ms, one.latenessP99Ms].map((ms) =>
        ms.toFixed(2),
      ),
      one.cpuMsPerRequest.toFixed(2),
      doubts.length === 0 ? 'kept' : `not kept: ${doubts.join('; ')}`,
    ]);
    const header = ['rate/s', 'service p50', 'p95', 'p99', 'late p50', 'p99', 'CPU', ''];
    const text = [
      'the load generator against a server that does nothing, ms',
      table(header, rows),
      '',
      'next: npm run load -- smoke',
    ].join('\n');
    const isValid = found.every(({ doubts }) => doubts.length === 0);
    return { exitCode: isValid ? EXIT.pass : EXIT.invalid, text, data: found };
  } finally {
    await scratch.remove();
  }
}

/** Above this k6 is no generator for one machine of the usual size. */
const MOST = 5000;
