// The gate from a service file to a result: builds, arms, counters, pairs, audit. Everything it starts has ended when it returns or throws.
import path from 'node:path';
import type { Progress } from '../../cli/progress.ts';
import { openWorkload, scenarioDraw } from '../../loadtests/workload/workload.ts';
import { readObjectives } from '../../slo/objectives/read.ts';
import { findK6 } from '../../system/local/k6.ts';
import { scratchDir } from '../../system/local/parts.ts';
import type { ServiceSpec } from '../../system/local/service-spec.ts';
import { acceptedEffect } from '../accept/accept.ts';
import type { Entry } from '../accept/entries.ts';
import { readAccepted } from '../accept/read.ts';
import { countArms } from '../counters/count-arms.ts';
import type { Counted } from '../counters/result.ts';
import { type Arm, type ArmOptions, installBase, openArm } from './arms.ts';
import { assemble } from './assemble.ts';
import { auditHead } from './audit.ts';
import { type Comparison, compare } from './compare.ts';
import { decideByCounters, NOTHING_COMPARED } from './counted.ts';
import type { Rule } from './decide.ts';
import { addWorktree, baseBuild, headBuild, refuseSameBuild } from './git.ts';
import { loadOf, pairLoad, type Times } from './load.ts';
import { METRICS } from './metrics.ts';
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
  /** Other times than the defaults: a test need not measure well. */
  times?: Times;
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
  const deadlineMs = performance.now() + options.minutes * 60_000;
  const today = startedAt.toISOString().slice(0, 10);
  const checkout = spec.root;
  const { workload, model } = await openWorkload(checkout, spec.workload);
  const objectives = await readObjectives(path.join(checkout, 'slo', 'objectives'));
  const entries = await readAccepted(checkout);
  const head = await headBuild(checkout);
  const base = options.only === 'smoke' ? null : await baseBuild(checkout, options.base);
  if (base && !options.self && !options.plant) refuseSameBuild(base, head);
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
  const load = pairLoad(
    {
      workload,
      model,
      seed: options.seed,
      times: context.times,
      k6: k6.path,
      dir: path.join(scratch.dir, 'load'),
      progress,
      signal,
    },
    base ? undefined : scenarioDraw(model, 'smoke', options.seed),
  );

  const alone = async (): Promise<Measured> => {
    progress.step('head: parts, schema, data set');
    const [onHead] = await openArms([headArm], started);
    progress.step(`head under ${loadOf(load.draw)}`);
    return { comparison: await smoke(onHead!, load), counted: null, onHead: onHead! };
  };
  const against = async (build: Build): Promise<Measured> => {
    progress.step('base: a work tree of its own');
    const worktree = await addWorktree(checkout, build.commit);
    started.defer(() => worktree.remove());
    await installBase(worktree.dir, build.commit, spec, signal);
    const dir = path.join(scratch.dir, 'base');
    const baseArm: ArmOptions = { ...common, name: 'base', commit: build.commit, checkout: worktree.dir, dir };
    progress.step('both arms: parts of their own, schema, data set');
    const [onBase, onHead] = await openArms([baseArm, headArm], started);
    const arms = { base: onBase!, head: onHead! };

    const counting = { spec, workload, model, dir: path.join(scratch.dir, 'counters'), progress, signal };
    if (options.counters) progress.step('counters: the same replay on both arms, counted');
    const byCounters = options.counters ? decideByCounters(await countArms(arms, counting), entries, today) : null;
    const counted = byCounters?.counted ?? null;
    if (byCounters?.comparison) return { comparison: byCounters.comparison, counted, onHead: onHead! };
    if (options.only === 'counters') {
      const why = ['no step does more on head'];
      return { comparison: { ...NOTHING_COMPARED, verdict: 'PASS', why }, counted, onHead: onHead! };
    }

    progress.step(`pairs: both arms at once under ${loadOf(load.draw)} each`);
    const rule = withAccepted(options.rule, entries, today);
    const onPair = (pairs: Parameters<typeof writePartial>[1]) => writePartial(context.outDir, pairs);
    const comparison = await compare({ ...load, arms, rule, deadlineMs, onPair });
    return { comparison, counted, onHead: onHead! };
  };
  const { comparison, counted, onHead } = base ? await against(base) : await alone();
  const { turns, verdict } = comparison;
  const isAudited = turns.head.length > 0 && verdict !== 'INVALID';
  if (isAudited) progress.step('audit of what head acknowledged');
  const audit = isAudited ? await auditHead(onHead, turns.head, { spec, checkout, dir: load.dir, signal }) : null;
  const plan = load.planOf(0);
  const found = { comparison, counted, audit, entries, today };
  return assemble({ ...found, options, startedAt, head, base, plan, objectives, k6, parts: onHead.parts.list });
}

interface Measured {
  comparison: Comparison;
  counted: Counted | null;
  onHead: Arm;
}

/** The rule, with the slowdowns that ci/accepted.yaml allows today. */
function withAccepted(rule: Rule, entries: readonly Entry[], today: string): Rule {
  const accepted = METRICS.flatMap(({ name }) => {
    const ratio = acceptedEffect(name, entries, today);
    return ratio === null ? [] : [[name, ratio]];
  });
  return accepted.length === 0 ? rule : { ...rule, accepted: Object.fromEntries(accepted) };
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

const nameOf = (build: Build) =>
  `${build.commit.slice(0, 10) || 'no commit'}${build.dirty ? ' with changes' : ''} (${build.chosen})`;
