// The cells that the terminal, Markdown and HTML reports share: a result in, words and figures out.
import { percent } from '../decide.ts';
import { METRICS } from '../metrics.ts';
import type { GateResult } from '../result.ts';

export const METRIC_HEADER = ['metric', 'base', 'head', 'effect', 'interval', 'could have seen', 'judgement'];

/** One row a metric, primary metrics first. Empty for a smoke run, which compares nothing. */
export function metricRows(result: GateResult): string[][] {
  return result.effects.map((effect) => {
    const metric = METRICS.find((each) => each.name === effect.metric)!;
    const interval = effect.lower === null ? 'n/a' : `${percent(effect.lower)} to ${percent(effect.upper)}`;
    const judgement = effect.judgement === 'not judged' ? 'shown only' : effect.judgement;
    return [
      metric.label,
      `${figure(effect.base)} ${metric.unit}`,
      `${figure(effect.head)} ${metric.unit}`,
      percent(effect.estimate),
      interval,
      percent(effect.detectable),
      judgement,
    ];
  });
}

export const OBJECTIVE_HEADER = ['objective on head', 'target', 'actual', 'judgement'];

export function objectiveRows(result: GateResult): string[][] {
  return result.objectives.map((objective) => [
    objective.name,
    share(objective.target),
    objective.actual === null ? 'n/a' : share(objective.actual),
    objective.met ? `met: ${objective.detail}` : `missed: ${objective.detail}`,
  ]);
}

/** Everything that says under which conditions the numbers were made. */
export function conditions(result: GateResult): string[] {
  const { load, environment: machine, rule } = result;
  const requests = `${load.ratePerSecond} requests/s, ${load.measuredMs / 1000} s measured after ${load.warmUpMs / 1000} s of warm-up`;
  return [
    `head: ${buildLine(result.head)}`,
    ...(result.base ? [`base: ${buildLine(result.base)}`] : []),
    ...(result.planted ? [`planted in head from outside: ${result.planted}`] : []),
    result.kind === 'pairs'
      ? `${result.pairs.length} pairs (at most ${rule.pairCap}), each one start of both arms under one plan, each: ${requests}; first seed ${load.seed}, workload ${load.workloadHash.slice(0, 12)}`
      : `one start of head: ${requests}; seed ${load.seed}, workload ${load.workloadHash.slice(0, 12)}`,
    ...(result.kind === 'pairs'
      ? [
          `rule: PASS below ${percent(rule.tolerance)} (wrong at most ${rule.falsePass * 100} % of the time), REGRESSION from ${percent(rule.minimumEffect)} on (false alarm at most ${rule.falseAlarm * 100} %)`,
        ]
      : []),
    `machine: ${machine.cores} x ${machine.cpu}, ${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB; Node ${machine.node}, k6 ${machine.k6}, ${machine.parts.join(', ')}`,
  ];
}

function buildLine(build: GateResult['head']): string {
  const commit = build.commit ? build.commit.slice(0, 10) : 'no commit';
  return `${commit}${build.dirty ? ' with changes of the working tree' : ''} (${build.chosen})`;
}

/** Three significant digits, and no more decimals than a stopwatch has. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return 'n/a';
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

const share = (ratio: number) => `${(ratio * 100).toFixed(2)} %`;
