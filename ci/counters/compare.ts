// Compares the counts of two arms on the same calls. Pure: the counts of every call in, differences that are certain out.
//
// A difference between the arms is certain when
// - the counter is steady: both arms repeat themselves exactly at every place of the replay from pass to pass, so that nothing
//   but the build can make them differ; or
// - it is there in every call of the step, always in the same direction, and one of the arms repeats itself in that step or the
//   difference is much larger than its own scatter.
// Anything else differs with itself as well and is only shown.
import { add, COUNTER_NAMES, type Counts, readKey, specOf } from './counter.ts';
import { CERTAIN_DEVIATIONS } from './defaults.ts';
import type { Counted, CounterRow, IdleRow, TotalRow } from './result.ts';

export interface CountedCall {
  step: string;
  /** Which call of the step, from 0, and which pass. */
  position: number;
  pass: number;
  counts: Counts;
}

export interface ArmCounts {
  /** In the order in which they were sent: the same in both arms. */
  calls: CountedCall[];
  /** Moved without a request, per second. */
  idle: Counts;
  notCounted: string[];
  seconds: number;
}

/** Compares call by call. Throws when the arms have not carried out the same calls. */
export function compareCounters(base: ArmCounts, head: ArmCounts): Counted {
  const places = base.calls.map(placeOf);
  if (places.join() !== head.calls.map(placeOf).join()) throw new Error('the arms have carried out different calls');
  const steps = [...new Set(base.calls.map(({ step }) => step))];
  const keys = new Set([...base.calls, ...head.calls].flatMap(({ counts }) => [...counts.keys()]));
  const rows: CounterRow[] = [];
  const notExact: CounterRow[] = [];
  const seldom = { base: new Map(base.idle), head: new Map(head.idle) };
  const sums = new Map<string, { base: number; head: number }>();

  for (const key of keys) {
    const { counter, statement } = readKey(key);
    if (base.idle.has(key) || head.idle.has(key)) continue;
    if (isSeldom(base.calls, key) && isSeldom(head.calls, key)) {
      add(seldom.base, key, sumOf(base.calls, key) / base.seconds);
      add(seldom.head, key, sumOf(head.calls, key) / head.seconds);
      continue;
    }
    const isSteady = repeats(base.calls, key) && repeats(head.calls, key);
    const change = kindOf(base.calls, head.calls, key);
    for (const step of steps) {
      const [onBase, onHead] = [valuesOf(base.calls, step, key), valuesOf(head.calls, step, key)];
      const means = { base: mean(onBase), head: mean(onHead) };
      const sumKey = `${counter}\t${step}`;
      const sum = sums.get(sumKey) ?? { base: 0, head: 0 };
      sums.set(sumKey, { base: sum.base + means.base, head: sum.head + means.head });
      const differences = onHead.map((value, i) => value - onBase[i]!);
      if (differences.every((difference) => difference === 0)) continue;
      const ofStep = (calls: readonly CountedCall[]) => calls.filter((call) => call.step === step);
      const isInEveryCall =
        isOneSided(differences) &&
        (repeats(ofStep(base.calls), key) || repeats(ofStep(head.calls), key) || isFarFromScatter(differences));
      const row: CounterRow = { step, part: specOf(counter).part, counter, statement, ...means, change };
      (isSteady || isInEveryCall ? rows : notExact).push(row);
    }
  }

  const totals = steps.flatMap((step) =>
    COUNTER_NAMES.flatMap((counter): TotalRow[] => {
      const sum = sums.get(`${counter}\t${step}`);
      return sum ? [{ step, counter, ...sum, isMore: false }] : [];
    }),
  );
  return conclude({
    rows,
    notExact,
    totals,
    idle: idleRows(seldom.base, seldom.head),
    notCounted: [...new Set([...base.notCounted, ...head.notCounted])],
    callsPerStep: Math.round(base.calls.length / Math.max(1, steps.length)),
    seconds: Math.max(base.seconds, head.seconds),
  });
}

/**
 * Says which sums are certainly more, and the verdict. What is not exact can excuse a certain difference (a statement that only
 * changed its text), but never cause one.
 */
function conclude(found: Omit<Counted, 'verdict'>): Counted {
  const totals = found.totals.map((total) => {
    const mine = (row: CounterRow) => row.step === total.step && row.counter === total.counter;
    const certain = found.rows.filter(mine).reduce((sum, row) => sum + row.head - row.base, 0);
    const excuse = found.notExact.filter(mine).reduce((sum, row) => sum + Math.min(0, row.head - row.base), 0);
    const allowed = (specOf(total.counter).allowedShare ?? 0) * total.base;
    return { ...total, isMore: certain + excuse > allowed + ROUNDING };
  });
  const isMore = new Set(totals.flatMap((one) => (one.isMore ? `${one.counter}\t${one.step}` : [])));
  const steps = [...new Set(totals.map(({ step }) => step))];
  const rank = (row: CounterRow) => [
    isMore.has(`${row.counter}\t${row.step}`) ? 0 : 1,
    COUNTER_NAMES.indexOf(row.counter),
    steps.indexOf(row.step),
    row.base - row.head,
  ];
  const rows = found.rows.toSorted((a, b) => {
    const other = rank(b);
    const byRank = rank(a)
      .map((value, i) => value - other[i]!)
      .find((difference) => difference !== 0);
    return byRank ?? (a.statement ?? '').localeCompare(b.statement ?? '');
  });
  const verdict = totals.some(({ isMore }) => isMore) ? 'MORE' : rows.length > 0 ? 'CHANGED' : 'SAME';
  return { ...found, rows, totals, verdict };
}

/** Sums of means are not exact in binary. */
const ROUNDING = 1e-9;

/** The same counts without the rows that are accepted on purpose, judged again. */
export function withoutAccepted(counted: Counted, isAccepted: (row: CounterRow) => boolean): Counted {
  return conclude({ ...counted, rows: counted.rows.filter((row) => !isAccepted(row)) });
}

/** A sentence for each sum that is more, with the statements behind it. */
export function whyMore(counted: Pick<Counted, 'totals' | 'rows'>): string[] {
  return counted.totals
    .filter(({ isMore }) => isMore)
    .map(({ step, counter, base, head }) => {
      const behind = counted.rows
        .filter((row) => row.step === step && row.counter === counter && row.statement !== null)
        .map((row) => {
          const isNew = row.change === 'changed' ? '' : ` (${row.change})`;
          return `${figure(row.base)} -> ${figure(row.head)} times "${row.statement}"${isNew}`;
        });
      const sum = `${step}: ${specOf(counter).label} ${figure(base)} -> ${figure(head)} per call`;
      return behind.length > 0 ? `${sum}: ${behind.join('; ')}` : sum;
    });
}

const figure = (value: number) => String(Math.round(value * 100) / 100);

const placeOf = ({ step, position, pass }: CountedCall) => `${step}/${position}/${pass}`;

const valuesOf = (calls: readonly CountedCall[], step: string, key: string) =>
  calls.flatMap((call) => (call.step === step ? [call.counts.get(key) ?? 0] : []));

const sumOf = (calls: readonly CountedCall[], key: string) =>
  calls.reduce((sum, { counts }) => sum + (counts.get(key) ?? 0), 0);

/** Whether no step has it in half of its calls: then it is the work of a timer slower than the time that we watched without requests. */
function isSeldom(calls: readonly CountedCall[], key: string): boolean {
  const steps = Map.groupBy(calls, ({ step }) => step);
  return [...steps.values()].every(
    (ofStep) => ofStep.filter(({ counts }) => counts.has(key)).length < ofStep.length / 2,
  );
}

/** Whether every place of the replay has the same count in every pass. */
function repeats(calls: readonly CountedCall[], key: string): boolean {
  const first = new Map<string, number>();
  return calls.every(({ step, position, counts }) => {
    const place = `${step}/${position}`;
    const value = counts.get(key) ?? 0;
    if (!first.has(place)) first.set(place, value);
    return first.get(place) === value;
  });
}

function isOneSided(differences: readonly number[]): boolean {
  return differences.every((difference) => difference > 0) || differences.every((difference) => difference < 0);
}

function isFarFromScatter(differences: readonly number[]): boolean {
  const middle = mean(differences);
  const deviation = Math.sqrt(mean(differences.map((difference) => (difference - middle) ** 2)));
  return Math.abs(middle) >= CERTAIN_DEVIATIONS * deviation;
}

function kindOf(base: readonly CountedCall[], head: readonly CountedCall[], key: string): CounterRow['change'] {
  const isOn = (calls: readonly CountedCall[]) => calls.some(({ counts }) => (counts.get(key) ?? 0) !== 0);
  return !isOn(base) ? 'new' : !isOn(head) ? 'removed' : 'changed';
}

function idleRows(base: Counts, head: Counts): IdleRow[] {
  const rates = new Map<string, [number, number]>();
  for (const [key, rate] of base) rates.set(key, [rate, 0]);
  for (const [key, rate] of head) rates.set(key, [rates.get(key)?.[0] ?? 0, rate]);
  return [...rates].map(([key, [basePerSecond, headPerSecond]]) => ({ ...readKey(key), basePerSecond, headPerSecond }));
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** Counts per second over a time without requests. */
export function rates(moved: Counts, ms: number): Counts {
  const perSecond: Counts = new Map();
  for (const [key, value] of moved) add(perSecond, key, value / (ms / 1000));
  return perSecond;
}
