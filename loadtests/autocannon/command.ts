// npm run saturate: the highest rate of one read endpoint, closed loop, by autocannon on our own histogram.
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Command, type Context, type Outcome, positive, usage } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { readService } from '../../system/local/service-spec.ts';
import { shownPath, writeWhole } from '../run/result.ts';
import { seedService } from '../run/seed.ts';
import { openTarget, startSystem } from '../run/system.ts';
import { openWorkload } from '../workload/workload.ts';
import { bestOf, doubts, type MeasuredLevel, saturationText } from './report.ts';
import { saturate } from './saturate.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const WARM_UP_SECONDS = 3;

export const command: Command = {
  name: 'saturate',
  summary:
    'Finds the highest rate of one read endpoint: closed loop, a few numbers of connections one after the other.',
  words: '<endpoint>',
  options: {
    connections: {
      type: 'string',
      value: 'N',
      help: 'most connections; a quarter and a sixteenth come first',
      default: '16',
    },
    seconds: { type: 'string', value: 'N', help: 'length of each level', default: '10' },
    target: { type: 'string', value: 'URL', help: 'a system that runs already (default: start one)' },
    out: { type: 'string', value: 'DIR', help: 'where the result goes (default reports/<run>)' },
    service: { type: 'string', value: 'FILE', help: 'the service file', default: 'system/service.yaml' },
  },
  examples: [
    { line: 'npm run saturate -- member-card', does: 'starts everything, 1, 4 and 16 connections for 10 s each' },
    {
      line: 'npm run saturate -- attendance-sheet --connections 64 --seconds 5',
      does: 'another endpoint, more connections',
    },
  ],
  run,
};

async function run(context: Context): Promise<Outcome> {
  const { options, progress, signal } = context;
  const connections = Math.round(positive('connections', options.connections, 'connections'));
  const seconds = positive('seconds', options.seconds, 'seconds');
  const spec = await readService(path.resolve(ROOT, String(options.service)));
  const { workload, model } = await openWorkload(spec.root, spec.workload);
  const endpoint = context.words[0] ?? '';
  const calls = context.words.length === 1 ? workload.saturationCalls?.(model, endpoint) : undefined;
  if (!calls) {
    const known = workload.saturationEndpoints?.join(', ') ?? 'none in this workload';
    throw usage(`name one endpoint, not "${context.words.join(' ')}"`, `one of: ${known}`);
  }
  const startedAt = new Date().toISOString();
  const name = `${startedAt.slice(0, 19).replaceAll(':', '').replace('T', '-')}-saturate-${endpoint}`;
  const dir = path.resolve(String(options.out ?? path.join(ROOT, 'reports', name)));

  const system =
    typeof options.target === 'string'
      ? await openTarget(options.target, spec, { checkout: spec.root, signal })
      : await startSystem(spec, {
          checkout: spec.root,
          dir: path.join(dir, 'logs'),
          progress,
          signal,
          env: spec.closedLoopEnv,
        });
  try {
    const seed = workload.seedCalls(model);
    const headers = await system.headers(seed.identities);
    progress.step(`seeding ${seed.calls.length} commands through the front door`);
    await seedService(system.baseUrl, headers, seed.calls, { signal });
    progress.step(`${endpoint}: warm-up, ${WARM_UP_SECONDS} s`);
    const common = { baseUrl: system.baseUrl, headers, signal };
    await saturate(calls, { ...common, connections, seconds: WARM_UP_SECONDS });
    const levels: MeasuredLevel[] = [];
    for (const level of levelsUpTo(connections)) {
      progress.step(`${endpoint}: ${level} connections, ${seconds} s`);
      const before = system.cpuMs();
      const measured = await saturate(calls, { ...common, connections: level, seconds });
      const targetCpuMs = Object.fromEntries(
        Object.entries(system.cpuMs()).map(([process_, cpuMs]) => [process_, cpuMs - (before[process_] ?? 0)]),
      );
      levels.push({ ...measured, targetCpuMs });
      progress.note(`${measured.ratePerSecond.toFixed(0)} requests/s`);
      await delay(200, undefined, { signal });
    }
    const best = bestOf(levels);
    const reasons = doubts(best);
    const result = { schema: 'amsperf/saturate/v1', endpoint, startedAt, target: system.baseUrl, reasons, levels };
    const resultFile = path.join(dir, 'result.json');
    await writeWhole(resultFile, `${JSON.stringify(result)}\n`);
    const shown = shownPath(dir);
    return {
      exitCode: reasons.length === 0 ? EXIT.pass : EXIT.invalid,
      text: saturationText(endpoint, levels, { dir: shown, next: 'npm run load -- peak' }),
      data: { valid: reasons.length === 0, highestRatePerSecond: best?.ratePerSecond, resultFile, ...result },
    };
  } finally {
    await system.stop();
  }
}

/** 1/16, 1/4 and all of the connections: where the rate stops growing shows in three points. */
export function levelsUpTo(connections: number): number[] {
  return [...new Set([16, 4, 1].map((part) => Math.max(1, Math.round(connections / part))))];
}
