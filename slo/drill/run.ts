// Drills one alert after another on one running system: waits until it is well, measures what it counts, drills.
import path from 'node:path';
import type { Progress } from '../../cli/progress.ts';
import { selectorOf } from '../compile/check.ts';
import type { Objective } from '../objectives/read.ts';
import type { Client } from '../source/client.ts';
import { type BlindFault, drillBlind } from './blind.ts';
import { drill, type Moments, pause } from './drill.ts';
import { matches } from './exposition.ts';
import { notWell } from './failures.ts';
import type { BurnFault, SideFault } from './faults.ts';
import { pastOf, type Reading, ratesOf } from './history.ts';
import { FRONT_DOOR, startMonitoring } from './monitoring.ts';
import { readTwice } from './readings.ts';
import type { DrillResult } from './result.ts';
import type { DrilledSystem } from './system.ts';

export interface RunOptions {
  objectives: Objective[];
  scale: number;
  holdSeconds: number;
  dir: string;
  now: () => number;
  progress: Progress;
  signal: AbortSignal;
  /** Called with the instants of each fault while the Prometheus that saw it still answers. */
  record?(fault: string, client: Client, moments: Moments): Promise<void>;
}

/** So long the rates are measured that the history and the prediction are made of. */
const MEASURE_SECONDS = 10;
/** Queues that a fault has filled are empty again by then, or the system is not well. */
const RECOVER_SECONDS = 120;

export async function drillFault(
  fault: BurnFault | BlindFault,
  system: DrilledSystem,
  options: RunOptions,
): Promise<DrillResult> {
  const common = {
    ...options,
    targets: system.targets,
    dir: path.join(options.dir, fault.name),
    ...recorder(fault, options),
  };
  if ('reason' in fault) return drillBlind(fault, common);
  const objective = options.objectives.find(({ name }) => name === fault.slo)!;
  const [before, after] = await wellAgain(system, options);
  return drill(
    {
      objective,
      fault: fault.name,
      what: fault.what,
      badShare: fault.badShare,
      delaySeconds: fault.delaySeconds,
      instance: fault.process === undefined ? FRONT_DOOR : system.addressOf(fault.process),
      eventsPerSecond: objective.source.kind === 'slices' ? 0 : ratesOf(objective, before, after).all,
      inject: () => fault.inject(system),
    },
    { ...common, past: pastOf(options.objectives, before, after) },
  );
}

/** A fault that nobody is woken for: put in only to record what the questions about it are answered. */
export async function recordFault(fault: SideFault, system: DrilledSystem, options: RunOptions): Promise<void> {
  const { now, signal } = options;
  const [before, after] = await wellAgain(system, options);
  const monitoring = await startMonitoring({
    ...options,
    targets: system.targets,
    dir: path.join(options.dir, fault.name),
    past: pastOf(options.objectives, before, after),
  });
  try {
    await pause(fault.seconds, signal);
    const healthy = now();
    const hurt = await fault.inject(system);
    const faultSeconds = await pause(fault.seconds, signal).then(now).finally(hurt.end);
    await options.record?.(fault.name, monitoring.client, { healthy, fault: faultSeconds });
  } finally {
    await monitoring.stop();
  }
}

const recorder = ({ name }: { name: string }, { record }: RunOptions) =>
  record ? { onMoments: (client: Client, moments: Moments) => record(name, client, moments) } : {};

/** Two readings between which nothing burned as fast as half a page. Throws when the system does not become well. */
async function wellAgain(
  { targets }: DrilledSystem,
  { objectives, now, progress, signal }: RunOptions,
): Promise<[Reading, Reading]> {
  const deadline = now() + RECOVER_SECONDS;
  for (;;) {
    const readings = await readTwice(targets, MEASURE_SECONDS, { now, signal });
    const ill = objectives.filter((objective) => !isWell(objective, ...readings)).map(({ name }) => name);
    if (ill.length === 0) return readings;
    if (now() > deadline) throw notWell(ill);
    progress.tick(`waiting until all is well: ${ill.join(', ')}`);
  }
}

function isWell(objective: Objective, before: Reading, after: Reading): boolean {
  const { source } = objective;
  if (source.kind === 'events') {
    const { all, bad } = ratesOf(objective, before, after);
    const pages = objective.policy.filter(({ notify }) => notify === 'page').map(({ factor }) => factor);
    return all > 0 && bad / all < (Math.min(...pages) * (1 - objective.target)) / 2;
  }
  const selector = selectorOf(objective, source.query);
  const values = after.samples.filter((sample) => matches(selector, sample)).map(({ value }) => value);
  const most = Math.max(...values);
  // What no target exposes is made by the probe, whose first answer Prometheus will wait for.
  if (values.length === 0) return objective.indicator === 'availability';
  return source.op === 'lte' ? most <= source.value / 10 : most >= source.value;
}
