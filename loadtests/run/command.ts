// npm run load: one scenario of the workload against a system that this starts, or one that runs already.
import { randomInt } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Command, Context, Outcome } from '../../cli/command.ts';
import { positive, usage } from '../../cli/command.ts';
import { readObjectives } from '../../slo/objectives/read.ts';
import { readInstances } from '../../system/local/instances.ts';
import { findK6 } from '../../system/local/k6.ts';
import { readService } from '../../system/local/service-spec.ts';
import { type Draw, openWorkload, scenarioDraw } from '../workload/workload.ts';
import { measure } from './measure.ts';
import { reportText } from './report.ts';
import { shownPath, verdictOf, writeWhole } from './result.ts';
import { openTarget, startSystem } from './system.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');

export const command: Command = {
  name: 'load',
  summary: 'Puts one scenario of the workload on the system and says VALID or INVALID, then pass or fail.',
  words: '<smoke|average|peak>',
  options: {
    target: { type: 'string', value: 'URL', help: 'a system that runs already (default: start one)' },
    seed: { type: 'string', value: 'N', help: 'the same seed draws the same requests (default: a random one)' },
    seconds: { type: 'string', value: 'N', help: 'measured time behind the warm-up (default: that of the scenario)' },
    out: { type: 'string', value: 'DIR', help: 'where the result goes (default reports/<run>)' },
    instances: {
      type: 'string',
      value: 'N',
      help: 'of the target, behind the balancer; or by name: api=2,worker=2',
      default: '1',
    },
    split: { type: 'boolean', help: 'each role of the worker in a process of its own' },
    replica: { type: 'boolean', help: 'a streaming replica of PostgreSQL, for the reads that need the write model' },
    service: { type: 'string', value: 'FILE', help: 'the service file', default: 'system/service.yaml' },
  },
  examples: [
    { line: 'npm run load -- smoke', does: 'starts everything, 15 s at the average rate' },
    { line: 'npm run load -- peak --seed 7 --json', does: 'three times the average rate for 60 s, one JSON object' },
    { line: 'npm run load -- peak --instances 2', does: 'two instances behind HAProxy' },
    {
      line: 'npm run load -- average --replica',
      does: 'with a read replica of PostgreSQL; it has its own CPU in the result',
    },
    {
      line: 'npm run load -- average --target http://127.0.0.1:8080',
      does: 'loads a system that runs; use a new seed each time, since the same seed repeats its idempotency keys',
    },
  ],
  run,
};

async function run(context: Context): Promise<Outcome> {
  const [scenario, ...more] = context.words;
  if (scenario === undefined || more.length > 0) {
    throw usage('name one scenario', 'for example npm run load -- smoke');
  }
  const seed = context.options.seed === undefined ? randomInt(1, 2 ** 31) : wholeSeed(context.options.seed);
  const spec = await readService(path.resolve(ROOT, String(context.options.service)));
  const { workload, model } = await openWorkload(spec.root, spec.workload);
  const draw = lasting(scenarioDraw(model, scenario, seed), context.options.seconds);
  const objectives = await readObjectives(path.join(ROOT, 'slo', 'objectives'));
  const target = context.options.target;
  const instances = readInstances(context.options.instances, spec.processes);
  const replica = context.options.replica === true;
  if (replica && target !== undefined) {
    throw usage(
      '--replica starts a replica, which a --target that runs already would not use',
      'leave one of them out',
    );
  }
  const size = { instances, split: context.options.split === true, replica };
  const startedAt = new Date();
  const name = `${startedAt.toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-')}-load-${scenario}`;
  const dir = path.resolve(String(context.options.out ?? path.join(ROOT, 'reports', name)));
  const resultFile = path.join(dir, 'result.json');
  const { progress, signal } = context;
  // An older result in the same folder must not be taken for that of a run that was interrupted.
  await rm(resultFile, { force: true });

  const k6 = await findK6(progress);
  const system =
    typeof target === 'string'
      ? await openTarget(target, spec, { checkout: spec.root, signal })
      : await startSystem(spec, { checkout: spec.root, dir: path.join(dir, 'logs'), progress, signal, ...size });
  try {
    const result = await measure(system, {
      scenario,
      startedAt,
      draw,
      workload,
      model,
      healthPath: spec.health,
      objectives,
      k6,
      dir,
      progress,
      signal,
    });
    await writeWhole(resultFile, `${JSON.stringify(result)}\n`);
    const shown = shownPath(dir);
    const { verdict, exitCode } = verdictOf(result);
    const text = reportText(result, { dir: shown, next: nextCommand(scenario, exitCode === 0) });
    return { exitCode, text, data: { verdict, exitCode, resultFile, ...result } };
  } catch (error) {
    if (signal.aborted) progress.note(`partial samples and logs: ${shownPath(dir)}`);
    throw error;
  } finally {
    await system.stop();
  }
}

function lasting(draw: Draw, seconds: string | boolean | undefined): Draw {
  if (seconds === undefined) return draw;
  return { ...draw, durationMs: draw.warmUpMs + positive('seconds', seconds, 'seconds') * 1000 };
}

function wholeSeed(value: string | boolean): number {
  const seed = positive('seed', value, '');
  if (!Number.isInteger(seed) || seed >= 2 ** 31) throw usage('--seed must be a whole number below 2^31', '--seed 7');
  return seed;
}

/** After a pass the next harder scenario, after anything else a look at the details. */
function nextCommand(scenario: string, isPass: boolean): string {
  if (!isPass) return 'npm run load -- smoke, to see whether it happens again';
  const harder: Record<string, string> = { smoke: 'npm run load -- average', average: 'npm run load -- peak' };
  return harder[scenario] ?? 'npm run gate';
}
