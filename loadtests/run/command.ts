// npm run load: one scenario of the workload against a system that this starts, or one that runs already.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Command, Context, Outcome } from '../../cli/command.ts';
import { usage } from '../../cli/command.ts';
import { readObjectives } from '../../slo/objectives/read.ts';
import { readInstances } from '../../system/local/instances.ts';
import { findK6 } from '../../system/local/k6.ts';
import { readService } from '../../system/local/service-spec.ts';
import { explain } from '../explain/command.ts';
import { TRAFFIC_OPTIONS, trafficOf } from '../scenarios/traffic.ts';
import { openWorkload } from '../workload/workload.ts';
import { calibrate } from './calibrate/calibrate.ts';
import { calibrateCommand } from './calibrate/command.ts';
import { poolSize } from './engine.ts';
import { roomFor } from './failures.ts';
import { InterruptedRun, measure } from './measure.ts';
import { reportText } from './report/text.ts';
import { shownPath, verdictOf } from './result.ts';
import { openTarget, startSystem } from './system.ts';
import { watchObjectives, watchRate } from './watch.ts';
import { writePartial, writeRun } from './write.ts';

/** Of the scenarios of AMS: average and peak. */
const USUAL_RATES = [100, 300];
const ROOT = path.join(import.meta.dirname, '..', '..');

export const command: Command = {
  name: 'load',
  summary: 'Puts one scenario of the workload on the system and says VALID or INVALID, then pass or fail.',
  words: '[explain] <smoke|average|peak|spike|stress|soak|breakpoint|check-in-burst> | calibrate [RATE ...]',
  options: {
    target: { type: 'string', value: 'URL', help: 'a system that runs already (default: start one)' },
    ...TRAFFIC_OPTIONS,
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
      line: 'npm run load -- explain peak --growth 1.5',
      does: 'draws the load of a peak with half as much again; sends nothing',
    },
    { line: 'npm run load -- soak --seconds 600', does: 'ten minutes of it' },
    {
      line: 'npm run load -- calibrate 300',
      does: 'what the generator adds of its own at 300/s; every run does so once per machine and rate',
    },
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
  if (context.words[0] === 'calibrate') {
    return calibrateCommand({ ...context, words: context.words.slice(1) }, USUAL_RATES);
  }
  if (context.words[0] === 'explain') return explain({ ...context, words: context.words.slice(1) });
  const [scenario, ...more] = context.words;
  if (scenario === undefined || more.length > 0) {
    throw usage('name one scenario', 'for example npm run load -- smoke');
  }
  const spec = await readService(path.resolve(ROOT, String(context.options.service)));
  const opened = await openWorkload(spec.root, spec.workload);
  const { workload } = opened;
  const { model, draw, limits } = trafficOf(workload, opened.model, scenario, context.options);
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
      service: { name: spec.name, health: spec.health, panels: spec.metrics?.panels ?? [] },
      calibrate: (rate) => calibrate(rate, { k6, dir, limits: workload.limits, progress, signal }),
      objectives,
      limits,
      watches: (plan) => [
        watchRate(plan, {
          connections: poolSize(plan.ratePerSecond),
          generatorCpuLimit: workload.limits.generatorCpuShare,
        }),
        ...(draw.stopWhenMissed ? [watchObjectives(plan, objectives)] : []),
      ],
      k6,
      dir,
      progress,
      signal,
    });
    await writeRun(dir, result);
    const shown = shownPath(dir);
    const { verdict, exitCode } = verdictOf(result);
    const text = reportText(result, { dir: shown, next: nextCommand(scenario, exitCode === 0) });
    return { exitCode, text, data: { verdict, exitCode, resultFile, ...result } };
  } catch (error) {
    if (error instanceof InterruptedRun) await writePartial(dir, error.partial);
    if (signal.aborted) progress.note(`partial samples and logs: ${shownPath(dir)}`);
    throw roomFor(shownPath(dir), error);
  } finally {
    await system.stop();
  }
}

/** After a pass the next harder scenario, after anything else a look at the details. */
function nextCommand(scenario: string, isPass: boolean): string {
  if (!isPass) return 'npm run load -- smoke, to see whether it happens again';
  const harder: Record<string, string> = {
    smoke: 'npm run load -- average',
    average: 'npm run load -- peak',
    peak: 'npm run load -- spike',
    spike: 'npm run load -- breakpoint',
  };
  return harder[scenario] ?? 'npm run gate';
}
