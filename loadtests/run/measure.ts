// One measured run against a system that is there: seed, load with the probes beside it, fold, judge, audit. Gives the result.
import type { Progress } from '../../cli/progress.ts';
import { type Audit, acknowledgedIn, audit } from '../probes/audit.ts';
import { type Availability, startHealthProbe } from '../probes/health.ts';
import { type Lag, startLagProbe } from '../probes/lag.ts';
import type { Draw, ModelBase, Workload } from '../workload/workload.ts';
import { type Carried, carryOut } from './engine.ts';
import { fold } from './fold.ts';
import { Histogram } from './histogram.ts';
import { judgeObjectives, type Target } from './objectives.ts';
import { watchOthers } from './others.ts';
import type { RunResult } from './result.ts';
import { readSamples } from './samples.ts';
import { type Acknowledged, seedService } from './seed.ts';
import type { LoadedSystem } from './system.ts';
import { judge } from './validity.ts';

export interface MeasureOptions {
  scenario: string;
  startedAt: Date;
  draw: Draw;
  workload: Workload;
  model: ModelBase;
  healthPath: string;
  objectives: Target[];
  k6: { path: string; version: string };
  dir: string;
  progress: Progress;
  signal: AbortSignal;
}

/** Room for the probes of one seed, so that two seeds never write the same member. */
const PROBES_PER_SEED = 100_000;

/** Runs from seeding to the audit. Rejects with the abort reason when `signal` aborts; nothing of it stays running. */
export async function measure(system: LoadedSystem, options: MeasureOptions): Promise<RunResult> {
  const { draw, workload, model, progress, signal, dir, k6, scenario } = options;
  const seed = workload.seedCalls(model);
  const headers = await system.headers(seed.identities);
  progress.step(`seeding ${seed.calls.length} commands through the front door`);
  const seeded = await seedService(system.baseUrl, headers, seed.calls, {
    signal,
    onProgress: (done, planned) => progress.tick(`seeded ${done} of ${planned}`),
  });

  const plan = workload.drawPlan(model, draw);
  progress.step(
    `${scenario}: ${plan.arrivals.length} requests at ${draw.ratePerSecond}/s, ${draw.warmUpMs / 1000} s warm-up, seed ${draw.seed}`,
  );
  const health = startHealthProbe(system.baseUrl + options.healthPath);
  const atWarm: { lagProbe?: ReturnType<typeof startLagProbe>; cpuMs: Record<string, number> } = { cpuMs: {} };
  const others = watchOthers(system.cpuMs);
  let carried: Carried;
  let cpuMs: Record<string, number>;
  let availability: Availability;
  let lagged: Lag | undefined;
  try {
    carried = await carryOut(plan, {
      baseUrl: system.baseUrl,
      headers,
      k6: k6.path,
      dir,
      scenario,
      timeoutMs: workload.limits.timeoutMs,
      signal,
      onProgress: (done, planned) => progress.tick(`${done} of ${planned} requests`),
      onWarm() {
        atWarm.cpuMs = system.cpuMs();
        const firstN = draw.seed * PROBES_PER_SEED;
        const probe = (n: number) => workload.probe(model, n);
        atWarm.lagProbe = startLagProbe({ baseUrl: system.baseUrl, headers, probe, firstN, signal });
      },
    });
    // A target shares this machine or not: its CPU cannot be told from that of others.
    if (system.kind === 'started') carried.generator.othersCpuShare = others(carried.generator);
    cpuMs = difference(system.cpuMs(), atWarm.cpuMs);
  } finally {
    availability = await health.stop();
    lagged = await atWarm.lagProbe?.stop();
  }
  const { acknowledged: probed, ...lag } = lagged ?? { lag: new Histogram(), failedWrites: 0, acknowledged: [] };

  const folded = await fold(plan, readSamples(carried.samplesFile, plan));
  const validity = judge(folded, carried.generator, workload.limits);
  for (const ended of system.ended()) validity.notes.push(`a process of the system ended during the run: ${ended}`);
  const inRun = await acknowledgedIn(plan, readSamples(carried.samplesFile, plan));
  const { arrivals, identities: _, schema: __, ...planFigures } = plan;
  return {
    schema: 'amsperf/run/v1',
    scenario,
    startedAt: options.startedAt.toISOString(),
    target: system.baseUrl,
    versions: { node: process.versions.node, k6: k6.version },
    plan: { ...planFigures, arrivals: arrivals.length },
    validity,
    generator: carried.generator,
    folded,
    lag,
    availability,
    objectives: judgeObjectives(folded, options.objectives, availability),
    audit: await auditOf(system, [...seeded.acknowledged, ...inRun, ...probed], progress),
    cpuMs,
  };
}

async function auditOf(system: LoadedSystem, acknowledged: Acknowledged[], progress: Progress): Promise<Audit> {
  if (system.auditImpossible !== undefined) {
    return { checked: false, acknowledged: acknowledged.length, why: system.auditImpossible };
  }
  progress.step(`audit of ${acknowledged.length} acknowledged commands`);
  return audit(acknowledged, (stdin) => system.audit(stdin));
}

/** What was used between two readings, by process. */
function difference(after: Record<string, number>, before: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(after).map(([name, cpuMs]) => [name, cpuMs - (before[name] ?? 0)]));
}
