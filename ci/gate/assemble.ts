// The result object out of what was measured: verdict with the objectives, notes, the next command, curves, environment. Pure but for the machine's name.
import os from 'node:os';
import type { Target } from '../../loadtests/run/objectives.ts';
import type { Plan } from '../../loadtests/workload/plan.ts';
import type { Comparison } from './compare.ts';
import { percent } from './decide.ts';
import { RULE } from './defaults.ts';
import { objectivesOf } from './objectives.ts';
import type { GateOptions, Plant } from './options.ts';
import { type Build, conclude, curveOf, type GateResult, missedObjectives } from './result.ts';
import type { Turn } from './turn.ts';

export interface Measured {
  options: GateOptions;
  startedAt: Date;
  head: Build;
  base: Build | null;
  /** The first plan. */
  plan: Plan;
  objectives: Target[];
  comparison: Comparison;
  k6: { version: string };
  parts: { name: string; version: string }[];
}

export function assemble(measured: Measured): GateResult {
  const { options, comparison, base, head, plan } = measured;
  const { turns, effects, pairs, repeated } = comparison;
  // What an untrusted run says of the objectives is not to be trusted either.
  const objectives = comparison.verdict === 'INVALID' ? [] : objectivesOf(turns.head, measured.objectives);
  const concluded = conclude(comparison.verdict, objectives);
  const why = [...comparison.why, ...missedObjectives(objectives)];
  if (why.length === 0) why.push('every objective was met');
  if (concluded.verdict === 'OBJECTIVE MISSED') why.reverse();
  const latency = measured.objectives.find((objective) => objective.thresholdSeconds !== undefined);
  const { ratePerSecond, warmUpMs, durationMs, seed, workloadHash } = plan;
  return {
    schema: 'amsperf/gate/v1',
    kind: base ? 'pairs' : 'smoke',
    ...concluded,
    why,
    notes: notesOn(measured),
    next: nextCommand(concluded.verdict, options),
    startedAt: measured.startedAt.toISOString(),
    seconds: (Date.now() - measured.startedAt.getTime()) / 1000,
    head,
    base,
    planted: options.plant ? plantText(options.plant) : null,
    load: { ratePerSecond, warmUpMs, measuredMs: durationMs - warmUpMs, seed, workloadHash },
    rule: {
      ...options.rule,
      minimumEffect: RULE.minimumEffect,
      falseAlarm: RULE.falseAlarm,
      falsePass: RULE.falsePass,
    },
    effects,
    objectives,
    latencyLimitMs: latency?.thresholdSeconds === undefined ? null : latency.thresholdSeconds * 1000,
    pairs,
    repeated,
    curves: { head: pooledCurve(turns.head), base: base ? pooledCurve(turns.base) : null },
    environment: {
      node: process.versions.node,
      k6: measured.k6.version,
      cpu: os.cpus()[0]?.model.trim() || 'unknown processor',
      cores: os.availableParallelism(),
      memoryBytes: os.totalmem(),
      parts: measured.parts.map((part) => `${part.name} ${part.version}`),
    },
  };
}

const plantText = ({ kind, ms }: Plant) =>
  kind === 'delay' ? `every request waits ${ms} ms` : `every request computes for ${ms} ms`;

function pooledCurve(turns: readonly Turn[]) {
  return curveOf(turns.flatMap((turn) => turn.responseMs).sort((a, b) => a - b));
}

function notesOn({ options, head, base, comparison }: Measured): string[] {
  const notes: string[] = [];
  if (base && base.tree === head.tree && !head.dirty) {
    const planted = options.plant ? 'the planted slowdown is their only difference' : 'this checks the gate itself';
    notes.push(`head against head: both arms are the same tree, ${planted}`);
  }
  if (head.dirty && head.commit) notes.push('head is the working tree with changes that are not committed');
  if (base && comparison.pairs.length < options.rule.pairCap && comparison.verdict !== 'INVALID') {
    notes.push(`decided after ${comparison.pairs.length} of at most ${options.rule.pairCap} pairs`);
  }
  for (const effect of comparison.effects) {
    if (effect.judgement === 'slower' || effect.upper === null || effect.upper >= 0) continue;
    notes.push(`${effect.metric} got better: ${percent(effect.estimate)}, at most ${percent(effect.upper)}`);
  }
  if (comparison.verdict === 'INVALID') {
    notes.push('end what else runs on this machine; when nothing does, it is too small for both arms at this rate');
  } else if (comparison.repeated.length > 0) {
    notes.push(
      `turns that could not be trusted and were repeated: ${comparison.repeated.length} (reasons in result.json)`,
    );
  }
  for (const arm of ['base', 'head'] as const) {
    for (const ended of new Set(comparison.turns[arm].flatMap((turn) => turn.ended))) {
      notes.push(`a process of ${arm} ended during the load: ${ended}`);
    }
  }
  return notes;
}

function nextCommand(verdict: GateResult['verdict'], options: GateOptions): string {
  const again = options.base === undefined ? '' : ` --base ${options.base}`;
  switch (verdict) {
    case 'PASS':
      if (options.plant) return `npm run gate --${again} --plant ${options.plant.kind}:${options.plant.ms * 2}ms`;
      return options.smoke ? 'npm run gate' : `npm run gate --${again} --plant delay:20ms`;
    case 'REGRESSION':
      return `npm run gate --${again} --seed ${options.seed + 1000}`;
    case 'INCONCLUSIVE':
      return `npm run gate --${again} --pairs ${options.rule.pairCap * 2}`;
    case 'INVALID':
      return `npm run gate --${again || ' --smoke'}`;
    case 'OBJECTIVE MISSED':
      return 'npm run load -- average';
  }
}
