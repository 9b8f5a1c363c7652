// One measured run against a system that is there: seed, load with the probes beside it, judge, audit. Gives the result.
import type { Progress } from '../../cli/progress.ts';
import type { Panel } from '../../system/local/service-spec.ts';
import { type Audit, acknowledgedIn, audit } from '../probes/audit.ts';
import type { Plan } from '../workload/plan.ts';
import type { Draw, ModelBase, Workload } from '../workload/workload.ts';
import type { Calibrated } from './calibrate/calibrate.ts';
import { courseOf } from './course.ts';
import { environmentOf } from './environment.ts';
import { Interrupted, type Loaded, load } from './load.ts';
import { judgeObjectives, type Target } from './objectives.ts';
import { judgeLimits, type PhaseLimit } from './phase-limits.ts';
import type { RunResult } from './result.ts';
import { readSamples } from './samples.ts';
import { type Acknowledged, seedService } from './seed.ts';
import type { LoadedSystem } from './system.ts';
import { judge, type Validity } from './validity.ts';
import type { Watch } from './watch.ts';

export interface MeasureOptions {
  scenario: string;
  startedAt: Date;
  draw: Draw;
  workload: Workload;
  model: ModelBase;
  /** Name of the service, its health path, and what of its metrics is drawn. */
  service: { name: string; health: string; panels: readonly Panel[] };
  objectives: Target[];
  /** Of the scenario, on its phases. */
  limits?: readonly PhaseLimit[];
  /** What ends the run early. */
  watches?(plan: Plan): readonly Watch[];
  /** What the generator adds of its own at this rate; without it nothing is known of that. */
  calibrate?(ratePerSecond: number): Promise<Calibrated>;
  k6: { path: string; version: string };
  dir: string;
  progress: Progress;
  signal: AbortSignal;
}

/** Room for the probes of one seed, so that two seeds never write the same member. */
const PROBES_PER_SEED = 100_000;

/**
 * Runs from seeding to the audit. Nothing of it stays running. When `signal` aborts during the load it throws
 * InterruptedRun with an INVALID result of what was seen, before that the abort reason.
 */
export async function measure(system: LoadedSystem, options: MeasureOptions): Promise<RunResult> {
  const { draw, workload, model, progress, signal, dir, k6, scenario } = options;
  const seed = workload.seedCalls(model);
  const headers = await system.headers(seed.identities);
  const plan = workload.drawPlan(model, draw);
  const calibrated = await options.calibrate?.(plan.ratePerSecond);
  progress.step(`seeding ${seed.calls.length} commands through the front door`);
  const seeded = await seedService(system.baseUrl, headers, seed.calls, {
    signal,
    onProgress: (done, planned) => progress.tick(`seeded ${done} of ${planned}`),
  });

  progress.step(
    `${scenario}: ${plan.arrivals.length} requests at ${draw.ratePerSecond}/s, ${draw.warmUpMs / 1000} s warm-up, seed ${draw.seed}`,
  );
  const loading = load(system, plan, {
    ...{ scenario, headers, dir, progress, signal },
    k6: k6.path,
    healthPath: options.service.health,
    panels: options.service.panels,
    limits: workload.limits,
    probe: (n) => workload.probe(model, n),
    firstProbe: draw.seed * PROBES_PER_SEED,
    watches: options.watches?.(plan) ?? [],
  });
  const loaded = await loading.catch(async (error) => {
    if (!(error instanceof Interrupted)) throw error;
    const unchecked: Audit = { checked: false, acknowledged: 0, why: 'the run was interrupted' };
    const result = await assemble(system, options, { loaded: error.seen, calibrated, audited: unchecked });
    throw new InterruptedRun({ ...result, validity: INTERRUPTED });
  });
  const inRun = await acknowledgedIn(loaded.plan, readSamples(loaded.carried.samplesFile, loaded.plan));
  const acknowledged = [...seeded.acknowledged, ...inRun, ...loaded.lag.acknowledged];
  const audited = await auditOf(system, acknowledged, progress);
  return assemble(system, options, { loaded, calibrated, audited });
}

/** Thrown on an abort in the middle of the load. */
export class InterruptedRun extends Error {
  readonly partial: RunResult;

  constructor(partial: RunResult) {
    super('the run was interrupted');
    this.partial = partial;
  }
}

const INTERRUPTED: Validity = {
  valid: false,
  reasons: [{ code: 'interrupted', message: 'the run was interrupted', advice: 'start it again' }],
  notes: [],
};

async function assemble(
  system: LoadedSystem,
  options: MeasureOptions,
  found: { loaded: Loaded; calibrated: Calibrated | undefined; audited: Audit },
): Promise<RunResult> {
  const { plan, carried, folded, server, balance, availability, cpuMs } = found.loaded;
  const { workload } = options;
  const course = courseOf(folded, server);
  const limits = judgeLimits(options.limits ?? [], folded, course, workload.limits.samplesBeyond);
  const calibration = found.calibrated?.calibration ?? null;
  const doubts = found.calibrated?.doubts ?? [];
  const validity = judge(folded, carried.generator, workload.limits, {
    balance,
    limits,
    stopped: carried.stopped,
    // One with doubts is shown, and nothing follows from it.
    ...(calibration &&
      doubts.length === 0 && {
        nullServiceP95Ms: calibration.serviceP95Ms,
        nullLatenessP99Ms: calibration.latenessP99Ms,
      }),
  });
  for (const ended of system.ended()) validity.notes.push(`a process of the system ended during the run: ${ended}`);
  for (const doubt of doubts) validity.notes.push(`the calibration of the generator is not kept: ${doubt}`);
  const { arrivals, identities: _, schema: __, ...planFigures } = plan;
  const { acknowledged: ___, ...lag } = found.loaded.lag;
  const { versions, checkout } = system;
  return {
    schema: 'amsperf/run/v2',
    scenario: options.scenario,
    startedAt: options.startedAt.toISOString(),
    service: options.service.name,
    target: system.baseUrl,
    environment: await environmentOf({ k6: options.k6.version, parts: versions, checkout }),
    plan: { ...planFigures, arrivals: arrivals.length },
    validity,
    generator: carried.generator,
    calibration,
    stopped: carried.stopped ?? null,
    folded,
    course,
    limits,
    balance: balance ?? null,
    server,
    lag,
    availability,
    objectives: judgeObjectives(folded, options.objectives, availability),
    audit: found.audited,
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
