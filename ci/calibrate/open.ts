// Both arms of one and the same checkout on fresh databases, with a slowdown planted in head or none; and the facts of where it is.
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Progress } from '../../cli/progress.ts';
import { openWorkload } from '../../loadtests/workload/workload.ts';
import { findK6 } from '../../system/local/k6.ts';
import type { ServiceSpec } from '../../system/local/service-spec.ts';
import type { CountArmsOptions } from '../counters/count-arms.ts';
import { type Arm, openArm } from '../gate/arms.ts';
import { headBuild } from '../gate/git.ts';
import { type Load, pairLoad } from '../gate/load.ts';
import { plantEnvironment } from '../gate/plant/environment.ts';
import type { Plant } from '../gate/plant/plants.ts';
import { failures } from './failures.ts';
import type { Recorded } from './recording.ts';

/** No two plans of a file have the same seed. */
const SEEDS_PER_OPENING = 1000;

export interface Opened {
  facts: Pick<Recorded, 'commit' | 'dirty' | 'machine' | 'load'>;
  load: Load;
  counting: Omit<CountArmsOptions, 'progress' | 'signal'>;
  arms: Record<'base' | 'head', Arm>;
  close(): Promise<void>;
}

export interface OpenOptions {
  dir: string;
  opening: number;
  seed: number;
  plant: Plant | undefined;
  /** The last pair of the recording so far, which this one has to fit. */
  last: Recorded | undefined;
  /** For the message when it does not. */
  file: string;
  progress: Progress;
  signal: AbortSignal;
}

/** What it has started ends with `close`, and its data go; when it throws, nothing stays running. Throws `recording.other` on another load or machine. */
export async function open(spec: ServiceSpec, options: OpenOptions): Promise<Opened> {
  const { opening, plant, progress, signal } = options;
  const dir = path.join(options.dir, `opening-${opening}`);
  const { workload, model } = await openWorkload(spec.root, spec.workload);
  const build = await headBuild(spec.root);
  const k6 = await findK6(progress);
  const seed = options.seed + opening * SEEDS_PER_OPENING;
  const load = pairLoad({ workload, model, seed, k6: k6.path, dir: path.join(dir, 'load'), progress, signal });
  const { ratePerSecond, warmUpMs, durationMs, workloadHash } = load.planOf(0);
  const measuredMs = durationMs - warmUpMs;
  const common = { spec, seed: workload.seedCalls(model), commit: build.commit, checkout: spec.root, progress, signal };
  const settled = await Promise.allSettled([
    openArm({ ...common, name: 'base', dir: path.join(dir, 'base') }),
    openArm({
      ...common,
      name: 'head',
      dir: path.join(dir, 'head'),
      ...(plant && { targetEnv: plantEnvironment(plant) }),
    }),
  ]);
  const opened = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const close = async () => {
    await Promise.all(opened.map((arm) => arm.parts.stop()));
    // A night of recording opens a hundred databases.
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const failed = settled.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
    const facts: Opened['facts'] = {
      commit: build.commit,
      dirty: build.dirty,
      machine: machineOf(k6.version, opened[0]!),
      load: { ratePerSecond, warmUpMs, measuredMs, workloadHash },
    };
    checkSame(facts, options);
    const counting = { spec, workload, model, dir: path.join(dir, 'counters') };
    return { facts, load, counting, arms: { base: opened[0]!, head: opened[1]! }, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function machineOf(k6: string, arm: Arm): Recorded['machine'] {
  return {
    cpu: os.cpus()[0]?.model.trim() || 'unknown processor',
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    node: process.versions.node,
    k6,
    parts: arm.parts.list.map((part) => `${part.name} ${part.version}`),
  };
}

/** Pairs of another load or another machine are no neighbours in time, and no history. */
function checkSame({ load, machine }: Opened['facts'], { file, last }: OpenOptions): void {
  if (!last) return;
  if (JSON.stringify(last.load) !== JSON.stringify(load)) throw failures.anotherLoad(file, 'load');
  if (last.machine.cpu !== machine.cpu || last.machine.cores !== machine.cores) {
    throw failures.anotherLoad(file, 'machine');
  }
}
