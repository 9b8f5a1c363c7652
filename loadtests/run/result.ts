// The result of a run: one versioned object, from which every report is made, and how it is written and read.
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { EXIT, type ExitCode } from '../../cli/exit.ts';
import type { Audit } from '../probes/audit.ts';
import type { Availability } from '../probes/health.ts';
import type { Lag } from '../probes/lag.ts';
import type { Plan } from '../workload/plan.ts';
import type { Calibration } from './calibrate/calibration.ts';
import type { Course } from './course.ts';
import type { Environment } from './environment.ts';
import type { Folded } from './fold.ts';
import type { Judged } from './objectives.ts';
import type { JudgedLimit } from './phase-limits.ts';
import type { Balance } from './server/balance.ts';
import type { ServerSide } from './server/watch.ts';
import type { Generator, Validity } from './validity.ts';
import type { Stop } from './watch.ts';

/** Histograms stand in the file as in HistogramJson; schema.json says all of it. */
export interface RunResult {
  schema: 'amsperf/run/v2';
  scenario: string;
  startedAt: string;
  /** Of its service file. */
  service: string;
  target: string;
  environment: Environment;
  plan: Omit<Plan, 'arrivals' | 'identities' | 'schema'> & { arrivals: number };
  validity: Validity;
  generator: Generator;
  /** Null when the run was not told to calibrate. */
  calibration: Calibration | null;
  /** Why and when it ended early; null when it came to its end. */
  stopped: Stop | null;
  folded: Folded;
  course: Course;
  /** Limits of the scenario on its phases. */
  limits: JudgedLimit[];
  /** Null with one instance, or for a target that we did not start. */
  balance: Balance | null;
  server: ServerSide;
  lag: Omit<Lag, 'acknowledged'>;
  availability: Availability;
  objectives: Judged[];
  audit: Audit;
  /** CPU in ms by process between the end of the warm-up and the end of the plan; empty for a target that we did not start. */
  cpuMs: Record<string, number>;
}

export type Verdict = 'PASS' | 'INVALID' | 'LOST' | 'MISSED';

/** VALID before anything else, then correctness, then the objectives and the limits of the phases. */
export function verdictOf(result: Pick<RunResult, 'validity' | 'audit' | 'objectives' | 'limits'>): {
  verdict: Verdict;
  exitCode: ExitCode;
} {
  if (!result.validity.valid) return { verdict: 'INVALID', exitCode: EXIT.invalid };
  if (result.audit.checked && !result.audit.whole) return { verdict: 'LOST', exitCode: EXIT.regression };
  if ([...result.objectives, ...result.limits].some(({ met }) => !met))
    return { verdict: 'MISSED', exitCode: EXIT.objective };
  return { verdict: 'PASS', exitCode: EXIT.pass };
}

/** Writes a file whole or not at all: under another name first, then renamed. */
export async function writeWhole(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.part`, text);
  await rename(`${file}.part`, file);
}

/** A path as a person reads it: from here when it lies below, whole otherwise. */
export function shownPath(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') ? file : relative || '.';
}
