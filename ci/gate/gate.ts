// The gate from a service file to a result: builds, arms, load, rule. Everything it starts has ended when it returns or throws.
import path from 'node:path';
import type { Progress } from '../../cli/progress.ts';
import { type Draw, openWorkload, scenarioDraw } from '../../loadtests/workload/workload.ts';
import { readObjectives } from '../../slo/objectives/read.ts';
import { findK6 } from '../../system/local/k6.ts';
import { scratchDir } from '../../system/local/parts.ts';
import type { ServiceSpec } from '../../system/local/service-spec.ts';
import { type Arm, type ArmOptions, installBase, openArm } from './arms.ts';
import { assemble } from './assemble.ts';
import { compare } from './compare.ts';
import { PAIR } from './defaults.ts';
import { addWorktree, baseBuild, headBuild } from './git.ts';
import type { GateOptions } from './options.ts';
import { plantEnvironment } from './plant/environment.ts';
import type { Build, GateResult } from './result.ts';
import { smoke } from './smoke.ts';
import { writePartial } from './write-reports.ts';

export interface GateContext {
  /** Folder of the reports, for the partial result. */
  outDir: string;
  progress: Progress;
  signal: AbortSignal;
}

/** Runs the gate on the checkout that the service file belongs to. Throws a Failure when it cannot come to a result. */
export async function gate(spec: ServiceSpec, options: GateOptions, context: GateContext): Promise<GateResult> {
  // Not `await using`: dependency-cruiser does not read it yet.
  const started = new AsyncDisposableStack();
  try {
    return await measured(spec, options, context, started);
  } finally {
    await started.disposeAsync();
  }
}

async function measured(
  spec: ServiceSpec,
  options: GateOptions,
  context: GateContext,
  started: AsyncDisposableStack,
): Promise<GateResult> {
  const { progress, signal } = context;
  const startedAt = new Date();
  const checkout = spec.root;
  const { workload, model } = await openWorkload(checkout, spec.workload);
  const objectives = await readObjectives(path.join(checkout, 'slo', 'objectives'));
  const head = await headBuild(checkout);
  const base = options.smoke ? null : await baseBuild(checkout, options.base);
  progress.step(`head: ${nameOf(head)}${base ? `; base: ${nameOf(base)}` : ''}`);
  const k6 = await findK6(progress);
  progress.note(`k6 ${k6.version} (${k6.from})`);

  const scratch = await scratchDir();
  started.defer(() => scratch.remove());
  const common = { spec, seed: workload.seedCalls(model), progress, signal };
  const headArm: ArmOptions = {
    ...common,
    ...(options.plant && { targetEnv: plantEnvironment(options.plant) }),
    name: 'head',
    commit: head.commit,
    checkout,
    dir: path.join(scratch.dir, 'head'),
  };
  const draw: Draw = base
    ? {
        ratePerSecond: model.averageRatePerSecond * PAIR.rateShare,
        durationMs: PAIR.warmUpMs + PAIR.measuredMs,
        warmUpMs: PAIR.warmUpMs,
        warmUpRatePerSecond: model.averageRatePerSecond * PAIR.warmUpRateShare,
        seed: options.seed,
      }
    : scenarioDraw(model, 'smoke', options.seed);
  const load = {
    planOf: (attempt: number) => workload.drawPlan(model, { ...draw, seed: draw.seed + attempt }),
    k6: k6.path,
    limits: workload.limits,
    dir: path.join(scratch.dir, 'load'),
    progress,
    signal,
  };

  const alone = async () => {
    progress.step('head: parts, schema, data set');
    const [arm] = await openArms([headArm], started);
    progress.step(`head under ${loadOf(draw)}`);
    return { comparison: await smoke(arm!, load), arm: arm! };
  };
  const inPairs = async (build: Build) => {
    progress.step('base: a work tree of its own');
    const worktree = await addWorktree(checkout, build.commit);
    started.defer(() => worktree.remove());
    await installBase(worktree.dir, build.commit, spec, signal);
    const dir = path.join(scratch.dir, 'base');
    const baseArm: ArmOptions = { ...common, name: 'base', commit: build.commit, checkout: worktree.dir, dir };
    progress.step('both arms: parts of their own, schema, data set');
    const [onBase, onHead] = await openArms([baseArm, headArm], started);
    progress.step(`pairs: both arms at once under ${loadOf(draw)} each`);
    const arms = { base: onBase!, head: onHead! };
    const onPair = (pairs: Parameters<typeof writePartial>[1]) => writePartial(context.outDir, pairs);
    return { comparison: await compare({ ...load, arms, rule: options.rule, onPair }), arm: onHead! };
  };
  const { comparison, arm } = base ? await inPairs(base) : await alone();
  const plan = load.planOf(0);
  return assemble({ options, startedAt, head, base, plan, objectives, comparison, k6, parts: arm.parts.list });
}

/** Opens arms side by side; each one's parts end with the stack. When one fails, the first failure is thrown. */
async function openArms(all: ArmOptions[], started: AsyncDisposableStack): Promise<Arm[]> {
  const settled = await Promise.allSettled(all.map(openArm));
  const arms = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  for (const arm of arms) started.defer(() => arm.parts.stop());
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  return arms;
}

const loadOf = (draw: Draw) => `${draw.ratePerSecond} requests/s for ${draw.durationMs / 1000} s`;

const nameOf = (build: Build) =>
  `${build.commit.slice(0, 10) || 'no commit'}${build.dirty ? ' with changes' : ''} (${build.chosen})`;
