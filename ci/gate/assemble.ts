// The result object out of what was measured: verdict with the objectives, notes, the next command, curves, environment. Pure but for the machine's name.
import os from 'node:os';
import type { Audit } from '../../loadtests/probes/audit.ts';
import type { Target } from '../../loadtests/run/objectives.ts';
import type { Plan } from '../../loadtests/workload/plan.ts';
import { accept, type Difference } from '../accept/accept.ts';
import type { Entry } from '../accept/entries.ts';
import type { Counted } from '../counters/result.ts';
import { whyNotWhole } from './audit.ts';
import type { Comparison } from './compare.ts';
import { type Effect, percent } from './decide.ts';
import { RULE } from './defaults.ts';
import { objectivesOf } from './objectives.ts';
import type { GateOptions } from './options.ts';
import { placeboOf } from './placebo.ts';
import { harderPlant, plantText, plantWord } from './plant/plants.ts';
import { type Build, conclude, curveOf, type GateResult, missedObjectives } from './result.ts';
import { shiftOf, stepsOf } from './shift.ts';
import { responseMs } from './stalls.ts';
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
  counted: Counted | null;
  audit: Audit | null;
  /** Entries of ci/accepted.yaml, and the day that they are held against. */
  entries: readonly Entry[];
  today: string;
  k6: { version: string };
  parts: { name: string; version: string }[];
}

export function assemble(measured: Measured): GateResult {
  const { options, comparison, base, head, plan, counted, audit } = measured;
  const { turns, effects, pairs, repeated, confirmation } = comparison;
  // What an untrusted run says of the objectives is not to be trusted either.
  const isTrusted = comparison.verdict !== 'INVALID';
  const objectives = isTrusted && turns.head.length > 0 ? objectivesOf(turns.head, measured.objectives) : [];
  const acceptance = accept(differencesOf(effects, counted), measured.entries, measured.today);
  const lost = whyNotWhole(audit);
  const verdict = isTrusted && lost !== undefined ? 'REGRESSION' : comparison.verdict;
  const isExpired = acceptance.accepted.some(({ state }) => state === 'ended');
  const concluded = conclude(verdict, objectives, { isExpired });
  const reasons: Record<string, string[]> = {
    first: lost === undefined ? [] : [lost],
    accepted: acceptance.failures,
    measured: comparison.why,
    missed: missedObjectives(objectives),
  };
  const order = concluded.verdict === 'OBJECTIVE MISSED' ? ['missed', 'measured'] : ['measured', 'missed'];
  const why = ['first', 'accepted', ...order].flatMap((part) => reasons[part]!);
  if (why.length === 0) why.push('every objective was met');
  if (options.self && base && !options.plant)
    why.unshift('both arms are the same build: this says something of the gate, nothing of a change');
  const latency = measured.objectives.find((objective) => objective.thresholdSeconds !== undefined);
  const { ratePerSecond, warmUpMs, durationMs, seed, workloadHash } = plan;
  return {
    schema: 'amsperf/gate/v2',
    kind: !base ? 'smoke' : pairs.length === 0 && repeated.length === 0 ? 'counters' : 'pairs',
    ...concluded,
    why,
    notes: [...notesOn(measured), ...acceptance.notes],
    next: nextCommand(concluded.verdict, options, pairs.length),
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
    counters: counted,
    accepted: acceptance.accepted,
    shift: shiftOf(pairs),
    steps: stepsOf(pairs),
    placebo: placeboOf(pairs),
    confirmation,
    audit,
    objectives,
    latencyLimitMs: latency?.thresholdSeconds === undefined ? null : latency.thresholdSeconds * 1000,
    pairs,
    repeated,
    curves: { head: pooledCurve(turns.head), base: turns.base.length > 0 ? pooledCurve(turns.base) : null },
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

/** What head does for the worse: slower metrics, and counters of which there is more. */
function differencesOf(effects: readonly Effect[], counted: Counted | null): Difference[] {
  const slower = effects.filter(({ judgement }) => judgement === 'slower' || judgement === 'accepted');
  const more = (counted?.rows ?? []).filter((row) => row.head > row.base);
  return [
    ...slower.map(({ metric, estimate }): Difference => ({ kind: 'metric', metric, effect: estimate })),
    ...more.map((row): Difference => ({ kind: 'counter', ...row })),
  ];
}

function pooledCurve(turns: readonly Turn[]) {
  const times = turns.flatMap(({ samples }) =>
    samples.samples.map((request) => responseMs(request, samples.timeoutMs)),
  );
  return curveOf(times.sort((a, b) => a - b));
}

function notesOn({ options, head, comparison }: Measured): string[] {
  const notes: string[] = [];
  if (head.dirty && head.commit) notes.push('head is the working tree with changes that are not committed');
  const { length } = comparison.pairs;
  if (length > 0 && length < options.rule.pairCap && comparison.verdict !== 'INVALID') {
    notes.push(`decided after ${length} of at most ${options.rule.pairCap} pairs`);
  }
  for (const effect of comparison.effects) {
    if (effect.judgement === 'slower' || effect.upper === null || effect.upper >= 0) continue;
    notes.push(`${effect.label} got better: ${percent(effect.estimate)}, at most ${percent(effect.upper)}`);
  }
  if (length > 0 && !comparison.effects.some(({ metric }) => metric === 'allocation-per-request')) {
    notes.push('allocation was not told by both arms (it needs Node.js): not judged');
  }
  const still = comparison.pairs.reduce((sum, { stalls }) => sum + stalls.windows, 0);
  if (still > 0) {
    notes.push(
      `the machine stood still for both arms in ${still} windows of half a second: left out of the response times`,
    );
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

function nextCommand(verdict: GateResult['verdict'], options: GateOptions, pairs: number): string {
  const again = options.self ? ' --self' : options.base === undefined ? '' : ` --base ${options.base}`;
  switch (verdict) {
    case 'PASS':
      if (options.plant) return `npm run gate --${again} --plant ${plantWord(harderPlant(options.plant))}`;
      if (options.only === 'counters') return `npm run gate --${again}`;
      return options.only === 'smoke' ? 'npm run gate' : `npm run gate --${again} --plant delay:20ms`;
    case 'REGRESSION':
      if (pairs === 0) return `npm run gate --${again} --no-counters`;
      return `npm run gate --${again} --seed ${options.seed + 1000}`;
    case 'INCONCLUSIVE':
      return `npm run gate --${again} --pairs ${options.rule.pairCap * 2} --minutes ${options.minutes * 2}`;
    case 'INVALID':
      return `npm run gate --${again || ' --smoke'}`;
    case 'OBJECTIVE MISSED':
      return 'npm run load -- average';
    case 'EXPIRED':
      return 'git log -p -- ci/accepted.yaml';
  }
}
