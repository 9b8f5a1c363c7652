// The measured load itself: a plan carried out on a system, with everything that looks on beside it. Gives what all of them saw.
import type { Progress } from '../../cli/progress.ts';
import type { Panel } from '../../system/local/service-spec.ts';
import { type Availability, startHealthProbe } from '../probes/health.ts';
import { type Lag, startLagProbe } from '../probes/lag.ts';
import type { Limits } from '../workload/limits.ts';
import { cutPlan, type Plan } from '../workload/plan.ts';
import type { Probe } from '../workload/workload.ts';
import { type Carried, carryOut } from './engine.ts';
import { type Folded, fold, startFold } from './fold.ts';
import { Histogram } from './histogram.ts';
import { watchOthers } from './others.ts';
import { readSamples, sampleOf } from './samples.ts';
import { type Balance, balanceOf } from './server/balance.ts';
import { type ServerSide, watchServer } from './server/watch.ts';
import type { LoadedSystem } from './system.ts';
import type { Watch } from './watch.ts';
import { widthMsFor } from './windows.ts';

export interface LoadOptions {
  scenario: string;
  headers: Record<string, string>[];
  k6: string;
  dir: string;
  healthPath: string;
  panels: readonly Panel[];
  limits: Limits;
  /** The n-th probe of the projection lag of this run. */
  probe(n: number): Probe;
  firstProbe: number;
  watches: readonly Watch[];
  progress: Progress;
  signal: AbortSignal;
}

export interface Loaded {
  /** What was carried out: the plan, or the part of it until the run was stopped. */
  plan: Plan;
  carried: Carried;
  folded: Folded;
  availability: Availability;
  lag: Lag;
  server: ServerSide;
  balance: Balance | undefined;
  /** CPU in ms by process between the end of the warm-up and the end of the plan. */
  cpuMs: Record<string, number>;
}

/** Thrown on an abort, with what was seen until then. */
export class Interrupted extends Error {
  readonly seen: Loaded;

  constructor(seen: Loaded) {
    super('the load was interrupted');
    this.seen = seen;
  }
}

/** Carries the plan out. Nothing of it stays running. Throws Interrupted when `signal` aborts after the first sample. */
export async function load(system: LoadedSystem, plan: Plan, options: LoadOptions): Promise<Loaded> {
  const { headers, progress, signal, dir } = options;
  const health = startHealthProbe(system.baseUrl + options.healthPath);
  const others = watchOthers(system.cpuMs);
  const server = watchServer(system, options.panels, widthMsFor(plan.durationMs));
  const folding = startFold(plan);
  const warm: { cpuMs: Record<string, number>; forwarded?: Promise<Record<string, number> | undefined> } = {
    cpuMs: {},
  };
  let lagProbe: ReturnType<typeof startLagProbe> | undefined;
  let lastPlannedMs = -1;
  let carried: Carried | undefined;
  try {
    carried = await carryOut(plan, {
      baseUrl: system.baseUrl,
      headers,
      k6: options.k6,
      dir,
      scenario: options.scenario,
      timeoutMs: options.limits.timeoutMs,
      signal,
      watches: options.watches,
      onSent(sent) {
        const sample = sampleOf(plan, sent);
        if (!sample) return;
        folding.add(sample);
        lastPlannedMs = Math.max(lastPlannedMs, sample.plannedMs);
      },
      onProgress: (done, planned) => progress.tick(`${done} of ${planned} requests`),
      onWarm() {
        warm.cpuMs = system.cpuMs();
        warm.forwarded = system.forwarded();
        const { probe, firstProbe: firstN } = options;
        lagProbe = startLagProbe({ baseUrl: system.baseUrl, headers, probe, firstN, signal });
      },
    });
  } catch (error) {
    if (!signal.aborted || lastPlannedMs < 0) {
      await Promise.all([health.stop(), lagProbe?.stop(), server.stop(0)]);
      throw error;
    }
  }
  // A target shares this machine or not: its CPU cannot be told from that of others.
  if (carried && system.kind === 'started') carried.generator.othersCpuShare = others(carried.generator);
  if (carried) carried.generator.clockJumpMs = server.clockJumpMs();
  const cpuMs = difference(system.cpuMs(), warm.cpuMs);
  const [before, after] = [await warm.forwarded, await system.forwarded()];
  const [availability, lag, serverSide] = await Promise.all([
    health.stop(),
    lagProbe?.stop(),
    server.stop(carried?.startedAtMs ?? Date.now() - lastPlannedMs),
  ]);
  const common = {
    availability,
    lag: lag ?? { lag: new Histogram(), failedWrites: 0, acknowledged: [] },
    server: serverSide,
    balance: before && after && balanceOf(after, before),
    cpuMs,
  };
  const cutMs = carried ? carried.stopped?.atMs : lastPlannedMs + 1;
  const samplesFile = carried?.samplesFile ?? `${dir}/samples.csv`;
  const part = cutMs === undefined ? plan : cutPlan(plan, cutMs);
  // Of a run that ended early only the part that had its chance counts: the samples are folded again.
  const folded = part === plan ? folding.end() : await fold(part, readSamples(samplesFile, part));
  const nothing = { samplesFile, generator: { cpuMs: 0, wallMs: 1, exitCode: 0, cores: 1 } };
  const seen: Loaded = { plan: part, carried: carried ?? nothing, folded, ...common };
  if (!carried) throw new Interrupted(seen);
  return seen;
}

/** What was used between two readings, by process. */
function difference(after: Record<string, number>, before: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(after).map(([name, cpuMs]) => [name, cpuMs - (before[name] ?? 0)]));
}
