// What the load generator adds of its own: a load at the same rate on a server that does nothing. Kept per machine, version and rate.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Progress } from '../../../cli/progress.ts';
import { local } from '../../../system/local/config.ts';
import { poisson } from '../../workload/arrivals.ts';
import type { Limits } from '../../workload/limits.ts';
import type { Plan } from '../../workload/plan.ts';
import { seeded } from '../../workload/random.ts';
import { carryOut } from '../engine.ts';
import { fold } from '../fold.ts';
import { watchOthers } from '../others.ts';
import { writeWhole } from '../result.ts';
import { readSamples } from '../samples.ts';
import { judge } from '../validity.ts';
import { type Calibration, calibrationSchema } from './calibration.ts';

const WARM_UP_MS = 2000;
const MEASURED_MS = 5000;
/** So many, if they come within LONGEST_MS, that the p99 has five requests beyond it. */
const LEAST_REQUESTS = 500;
const LONGEST_MS = 10_000;
/** These are what a calibration is to find out; whatever else is wrong with it says nothing about this machine. */
const FINDINGS = ['generator.late', 'generator.cpu'];

/** Two figures are near enough: 314/s is calibrated at 320/s. */
export function roundedRate(ratePerSecond: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(ratePerSecond)) - 1);
  return Math.ceil(ratePerSecond / unit - 1e-9) * unit;
}

export interface CalibrateOptions {
  k6: { path: string; version: string };
  /** For the plan and the samples. */
  dir: string;
  limits: Limits;
  progress: Progress;
  signal: AbortSignal;
  /** Measure even when this machine has been measured at this rate. */
  anew?: boolean;
}

export interface Calibrated {
  calibration: Calibration;
  /** Why it says more about this moment than about this machine; then it is not kept. Empty when it may be believed. */
  doubts: string[];
}

/** The calibration for a rate: the one that is kept, or a load of about 7 s. */
export async function calibrate(ratePerSecond: number, options: CalibrateOptions): Promise<Calibrated> {
  const rate = roundedRate(ratePerSecond);
  const file = path.join(local.cacheDir, 'load-calibration', `${keyOf(rate, options.k6.version)}.json`);
  if (!options.anew) {
    const kept = await keptIn(file);
    if (kept) return { calibration: kept, doubts: [] };
  }
  options.progress.step(`calibrating the load generator at ${rate}/s against a server that does nothing`);
  const measured = await measureNull(rate, options);
  if (measured.doubts.length === 0) await writeWhole(file, `${JSON.stringify(measured.calibration)}\n`);
  return measured;
}

function keyOf(rate: number, k6: string): string {
  const machine = [os.hostname(), os.cpus()[0]?.model, os.availableParallelism(), os.release(), process.versions.node];
  return `${createHash('sha256').update(machine.join('\n')).digest('hex').slice(0, 16)}-k6-${k6}-${rate}`;
}

/** Undefined when there is none, or one that was cut off or written by another version of this program. */
export async function keptIn(file: string): Promise<Calibration | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return calibrationSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

async function measureNull(rate: number, options: CalibrateOptions): Promise<Calibrated> {
  const measuredMs = Math.min(LONGEST_MS, Math.max(MEASURED_MS, (LEAST_REQUESTS / rate) * 1000));
  const plan = nullPlan(rate, measuredMs);
  const server = spawn(process.execPath, [path.join(import.meta.dirname, 'null-server.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(server, 'exit');
  try {
    const [port] = await once(server.stdout, 'data', { signal: options.signal });
    const others = watchOthers(() => ({}));
    const carried = await carryOut(plan, {
      baseUrl: `http://127.0.0.1:${String(port).trim()}`,
      headers: [{}],
      k6: options.k6.path,
      dir: path.join(options.dir, 'calibration'),
      timeoutMs: options.limits.timeoutMs,
      signal: options.signal,
    });
    // The server's own CPU counts among the others: so little that it does not matter.
    carried.generator.othersCpuShare = others(carried.generator);
    const folded = await fold(plan, readSamples(carried.samplesFile, plan));
    const { reasons } = judge(folded, carried.generator, { ...options.limits, samplesBeyond: 1 });
    const { service } = folded.total;
    const calibration: Calibration = {
      schema: 'amsperf/calibration/v1',
      ratePerSecond: rate,
      requests: folded.total.planned,
      latenessP50Ms: finite(folded.lateness.quantile(0.5)),
      latenessP99Ms: finite(folded.lateness.quantile(0.99)),
      serviceP50Ms: finite(service.quantile(0.5)),
      serviceP95Ms: finite(service.quantile(0.95)),
      serviceP99Ms: finite(service.quantile(0.99)),
      cpuMsPerRequest: carried.generator.cpuMs / Math.max(1, plan.arrivals.length),
      k6: options.k6.version,
      measuredAt: new Date().toISOString(),
    };
    const doubts = reasons.filter(({ code }) => !FINDINGS.includes(code)).map(({ message }) => message);
    return { calibration, doubts };
  } finally {
    server.kill('SIGKILL');
    await ended;
  }
}

/** Times that never ended count as the time-out's worth of doubt: they come with a reason anyway. */
const finite = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : 0);

function nullPlan(ratePerSecond: number, measuredMs: number): Plan {
  const durationMs = WARM_UP_MS + measuredMs;
  const call = { step: 'nothing', method: 'GET', path: '/', identity: 0 } as const;
  const times = poisson(seeded('calibration'), ratePerSecond, durationMs);
  return {
    schema: 'amsperf/plan/v1',
    seed: 1,
    warmUpMs: WARM_UP_MS,
    durationMs,
    ratePerSecond,
    workloadHash: '',
    identities: [{ tenant: '', role: '', subject: '' }],
    arrivals: times.map((atMs) => ({ ...call, atMs })),
  };
}
