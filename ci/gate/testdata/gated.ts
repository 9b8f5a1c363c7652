// A committed copy of the test service in a temporary folder, and a gate on it that is too short to measure well.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { type Progress, silent } from '../../../cli/progress.ts';
import { openWorkload } from '../../../loadtests/workload/workload.ts';
import { findK6 } from '../../../system/local/k6.ts';
import { readService } from '../../../system/local/service-spec.ts';
import { openArm } from '../arms.ts';
import { gate } from '../gate.ts';
import { pairLoad, type Times } from '../load.ts';
import { readOptions } from '../options.ts';
import type { GateResult } from '../result.ts';
import { clearReports } from '../write-reports.ts';
import { type Repository, repository } from './repository.ts';

const ROOT = path.join(import.meta.dirname, '..', '..', '..');

/** Long enough to carry a percentile. */
export const TIMES: Times = { warmUpMs: 1600, measuredMs: 4000, slices: 3 };

/** Two commits of the test service, so that there is a previous one. `change` comes between them. */
export function gatedService(t: TestContext, change: (dir: string) => void = () => {}): Repository {
  const made = repository(t, path.join(import.meta.dirname, 'service'));
  cpSync(path.join(ROOT, 'slo', 'objectives', 'ams.yaml'), path.join(made.dir, 'slo', 'objectives', 'all.yaml'), {
    recursive: true,
  });
  writeFileSync(path.join(made.dir, '.gitignore'), '/.run/\n/reports/\n');
  made.commit();
  change(made.dir);
  made.commit();
  return made;
}

/** Text replaced in a file of the service. Throws when it is not there: a change that changes nothing tests nothing. */
export function replaceIn(dir: string, file: string, from: string, to: string): void {
  const name = path.join(dir, file);
  const text = readFileSync(name, 'utf8');
  if (!text.includes(from)) throw new Error(`${file} has no "${from}"`);
  writeFileSync(name, text.replace(from, to));
}

export interface Running {
  signal?: AbortSignal;
  progress?: Progress;
}

/** Runs the gate on it with the options of the command line. Reports go to `reports`. */
export async function runGate(
  dir: string,
  options: Record<string, string | boolean>,
  { signal = new AbortController().signal, progress = silent }: Running = {},
): Promise<GateResult> {
  const outDir = path.join(dir, 'reports');
  await clearReports(outDir);
  const spec = await readService(path.join(dir, 'system', 'service.yaml'));
  return gate(spec, readOptions({ words: [], options }), { outDir, progress, signal, times: TIMES });
}

/** Command lines of this process's children that still run. */
export function children(): string[] {
  return readdirSync('/proc').flatMap((entry) => {
    try {
      const stat = /^\d+$/.test(entry) ? readFileSync(`/proc/${entry}/stat`, 'utf8') : '';
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(parent) !== process.pid || state === 'Z') return [];
      return [readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ')];
    } catch {
      return [];
    }
  });
}

/** Both arms of the test service, opened, with the load of a short pair. `headEnv` is for the head's process alone. */
export async function gatedArms(t: TestContext, headEnv: Record<string, string> = {}) {
  const { dir } = gatedService(t);
  const spec = await readService(path.join(dir, 'system', 'service.yaml'));
  const { workload, model } = await openWorkload(dir, spec.workload);
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'gate-arms-'));
  const { signal } = new AbortController();
  const common = { spec, seed: workload.seedCalls(model), commit: 'x', checkout: dir, progress: silent, signal };
  const arms = {
    base: await openArm({ ...common, name: 'base', dir: path.join(scratch, 'base') }),
    head: await openArm({ ...common, name: 'head', dir: path.join(scratch, 'head'), targetEnv: headEnv }),
  };
  t.after(async () => {
    await Promise.all([arms.base.parts.stop(), arms.head.parts.stop()]);
    rmSync(scratch, { recursive: true });
  });
  const { path: k6 } = await findK6(silent);
  const load = pairLoad({
    workload,
    model,
    seed: 1,
    times: TIMES,
    k6,
    dir: path.join(scratch, 'load'),
    progress: silent,
    signal,
  });
  return { dir: scratch, arms, load };
}
