// The cells that the terminal, Markdown, HTML and JUnit reports share: a result in, words and figures out.
import type { Accepted } from '../../accept/accept.ts';
import type { Counted, CounterRow } from '../../counters/result.ts';
import type { GateResult } from '../result.ts';
import { percent } from '../words.ts';

export const COUNTER_HEADER = ['step', 'counter', 'base', 'head', 'judgement', 'statement'];

/** Whether the gate fails for this row: its counter is certainly more in this step. */
export function isMore(row: CounterRow, counted: Counted): boolean {
  const total = counted.totals.find(({ step, counter }) => step === row.step && counter === row.counter);
  return total?.isMore === true && row.head > row.base;
}

/** One row a counter, step and statement that differ, those that fail the gate first. */
export function counterRows({ counters, accepted }: Pick<GateResult, 'counters' | 'accepted'>): string[][] {
  return (counters?.rows ?? []).map((row) => {
    const statement = row.statement ?? '';
    return [
      ...countsOf(row),
      judgementOf(row, counters!, accepted),
      row.change === 'changed' || statement === '' ? statement : `${row.change}: ${statement}`,
    ];
  });
}

const countsOf = (row: CounterRow) => [row.step, row.counter, count(row.base), count(row.head)];

/** Differences that do not repeat, and work that goes on without a request: shown, never judged. */
export function looseRows({ counters }: Pick<GateResult, 'counters'>): string[][] {
  const notExact = (counters?.notExact ?? []).map((row) => [...countsOf(row), 'not exact', row.statement ?? '']);
  const idle = (counters?.idle ?? []).map(({ counter, statement, basePerSecond, headPerSecond }) => [
    'no request',
    counter,
    `${figure(basePerSecond)}/s`,
    `${figure(headPerSecond)}/s`,
    'timer',
    statement ?? '',
  ]);
  return [...notExact, ...idle];
}

function judgementOf(row: CounterRow, counted: Counted, accepted: readonly Accepted[]): string {
  const { step, counter, statement } = row;
  const isNamed = ({ differences }: Accepted) =>
    differences.some(
      (one) => one.kind === 'counter' && one.step === step && one.counter === counter && one.statement === statement,
    );
  if (accepted.some((one) => one.state === 'accepted' && isNamed(one))) return 'accepted';
  if (isMore(row, counted)) return 'more';
  return row.head > row.base ? 'allowed' : 'less';
}

export const METRIC_HEADER = [
  'metric',
  'base',
  'head',
  'effect',
  'interval',
  'could have seen',
  'same build',
  'judgement',
];

/** One row a metric, primary metrics first. Empty for a smoke run, which compares nothing. */
export function metricRows({ effects, placebo }: Pick<GateResult, 'effects' | 'placebo'>): string[][] {
  return effects.map((effect) => {
    const same = placebo?.rows.find(({ metric }) => metric === effect.metric);
    return [
      effect.label,
      `${figure(effect.base)} ${effect.unit}`,
      `${figure(effect.head)} ${effect.unit}`,
      percent(effect.estimate),
      bandOf(effect),
      percent(effect.detectable),
      same ? `${percent(same.estimate)} (±${(same.usual * 100).toFixed(1)})` : '',
      effect.judgement === 'not judged' ? 'shown only' : effect.judgement,
    ];
  });
}

export const SHIFT_HEADER = ['share of requests', 'base', 'head', 'effect', 'band'];

/** Where in the distribution it got slower. */
export const shiftRows = ({ shift }: Pick<GateResult, 'shift'>): string[][] =>
  shift.map((row) => [`${row.share * 100} %`, ...timesOf(row), percent(row.estimate), bandOf(row)]);

export const STEP_HEADER = ['journey step', 'requests', 'base', 'head', 'effect', 'band', 'judgement'];

/** In which journey step it got slower: the greatest change first. */
export const stepRows = ({ steps }: Pick<GateResult, 'steps'>): string[][] =>
  steps.map((row) => [
    row.step,
    String(row.requests),
    ...timesOf(row),
    percent(row.estimate),
    bandOf(row),
    row.isSlower ? 'slower' : 'shown only',
  ]);

const timesOf = ({ base, head }: { base: number; head: number }) => [`${figure(base)} ms`, `${figure(head)} ms`];

const bandOf = ({ lower, upper }: { lower: number | null; upper: number | null }) =>
  lower === null ? 'n/a' : `${percent(lower)} to ${percent(upper)}`;

/** Whether the slower metrics were slower with the arms taking turns as well. */
export const confirmationLines = ({ confirmation }: Pick<GateResult, 'confirmation'>): string[] =>
  (confirmation?.metrics ?? []).map(
    ({ label, claimed, byTurns }) =>
      `${label}: ${percent(claimed)} side by side, ${percent(byTurns)} taking turns: ${confirmation!.confirmed ? 'confirmed' : 'not confirmed'}`,
  );

export const OBJECTIVE_HEADER = ['objective on head', 'target', 'actual', 'judgement'];

export function objectiveRows(result: GateResult): string[][] {
  return result.objectives.map((objective) => [
    objective.name,
    share(objective.target),
    objective.actual === null ? 'n/a' : share(objective.actual),
    objective.met ? `met: ${objective.detail}` : `missed: ${objective.detail}`,
  ]);
}

/** What ci/accepted.yaml says of this gate, one sentence an entry. */
export const acceptedLines = (accepted: readonly Accepted[]): string[] => accepted.map(({ text }) => text);

/** Everything that says under which conditions the numbers were made. */
export function conditions(result: GateResult): string[] {
  const { load, environment: machine, rule } = result;
  const requests = `${load.ratePerSecond} requests/s, ${load.measuredMs / 1000} s measured after ${load.warmUpMs / 1000} s of warm-up`;
  const { pairs, counters } = result;
  const counted = counters
    ? [`counted: ${counters.callsPerStep} calls a step on each arm, ${counters.seconds.toFixed(0)} s`]
    : [];
  return [
    `head: ${buildLine(result.head)}`,
    ...(result.base ? [`base: ${buildLine(result.base)}`] : []),
    ...(result.planted ? [`planted in head from outside: ${result.planted}`] : []),
    ...counted,
    ...(result.kind === 'pairs'
      ? [
          `${pairs.length} pairs (at most ${rule.pairCap}), each one start of both arms under one plan, each: ${requests}; first seed ${load.seed}, workload ${load.workloadHash.slice(0, 12)}`,
          `rule: PASS below ${percent(rule.tolerance)} (wrong at most ${rule.falsePass * 100} % of the time), REGRESSION from ${percent(rule.minimumEffect)} on (false alarm at most ${rule.falseAlarm * 100} %)`,
        ]
      : []),
    ...(result.kind === 'smoke'
      ? [`one start of head: ${requests}; seed ${load.seed}, workload ${load.workloadHash.slice(0, 12)}`]
      : []),
    ...auditLine(result),
    `machine: ${machine.cores} x ${machine.cpu}, ${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB; Node ${machine.node}, k6 ${machine.k6}, ${machine.parts.join(', ')}`,
  ];
}

function auditLine({ audit }: Pick<GateResult, 'audit'>): string[] {
  if (!audit?.checked) return [];
  const { acknowledged, published, projected } = audit;
  return [`audit of head: ${acknowledged} commands acknowledged, ${published} published, ${projected} projected`];
}

export function buildLine(build: GateResult['head']): string {
  const commit = build.commit ? build.commit.slice(0, 10) : 'no commit';
  return `${commit}${build.dirty ? ' with changes of the working tree' : ''} (${build.chosen})`;
}

/** Three significant digits, and no more decimals than a stopwatch has. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return 'n/a';
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** Counts are whole where the counting is; means of several calls keep two decimals. */
const count = (value: number) => (Number.isInteger(value) ? String(value) : value.toFixed(2));

const share = (ratio: number) => `${(ratio * 100).toFixed(2)} %`;
