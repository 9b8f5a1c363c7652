// Recorded pairs of one kind of neighbours into the cells of the table: every kind through our rule and through the rivals. Pure.
import { seeded } from '../../loadtests/workload/random.ts';
import type { Rule, Verdict } from '../gate/decide.ts';
import { METRICS, valuesOf } from '../gate/metrics.ts';
import { plantText, readPlant } from '../gate/plant/plants.ts';
import { bounds, logRatio, mean, toRatio } from '../gate/statistics.ts';
import { SCALED } from './defaults.ts';
import { blocksOf } from './draw.ts';
import { failures } from './failures.ts';
import { refigured, scaled, scaledKind } from './figures.ts';
import { clopperPearson, wilson } from './intervals.ts';
import { atEqualDetection, blockedBy, type Case, casesOf } from './judge-rivals.ts';
import { AA } from './kinds.ts';
import type { Judged, Recorded } from './recording.ts';
import { gateOf, gatesAsRecorded, type Source } from './replay.ts';
import type { Rival } from './rivals.ts';
import type { Cell, EqualDetection, MeasuredEffect, Ours } from './table.ts';

export interface ReplayOptions {
  rule: Rule;
  rivals: readonly Rival[];
  gates: number;
  blockPairs: number;
  seed: number;
  /** Told before each cell. */
  onCell?(kind: string): void;
}

interface Kind {
  kind: string;
  /** In the order of recording; the scaled ones are made of equal builds. */
  pairs: Judged[];
  cases: Case[];
}

/** @param recorded every pair under the same neighbours, in the order of recording; some of them of equal builds */
export function cellsOf(
  recorded: readonly Recorded[],
  options: ReplayOptions,
): { cells: Cell[]; equalDetection: EqualDetection[] } {
  const kinds = kindsOf(recorded.map(refigured), options);
  const cells = kinds.map((kind) => {
    options.onCell?.(kind.kind);
    return cellOf(kind, options);
  });
  return { cells, equalDetection: comparisons(kinds, cells, options) };
}

function kindsOf(all: readonly Recorded[], options: ReplayOptions): Kind[] {
  const trusted = all.filter(({ invalid }) => invalid.length === 0);
  const cases = (heads: readonly Recorded[]) =>
    casesOf(
      trusted,
      heads.map((head) => ({ at: trusted.findIndex((one) => isSame(one, head)), head: head.samples.head })),
      options,
    );
  const made = (kind: string, pairs: Recorded[]): Kind => ({
    kind,
    // The raw times of all kinds together would be gigabytes.
    pairs: pairs.map(({ samples: _, ...judged }) => judged),
    cases: cases(pairs.filter(({ invalid }) => invalid.length === 0)),
  });
  const byKind = Map.groupBy(all, ({ kind }) => kind);
  const equal = byKind.get(AA) ?? [];
  return [
    made(AA, equal),
    ...SCALED.map((factor) =>
      made(
        scaledKind(factor),
        equal.map((pair) => scaled(pair, factor)),
      ),
    ),
    ...[...byKind].filter(([kind]) => kind !== AA).map(([kind, pairs]) => made(kind, pairs)),
  ];
}

/** A recorded pair and the one made of it by scaling have the same seed, and no other pair has it. */
const isSame = (one: Recorded, other: Recorded) => one.pair.seed === other.pair.seed && one.at === other.at;

function cellOf({ kind, pairs, cases }: Kind, options: ReplayOptions): Cell {
  const trusted = pairs.filter(({ invalid }) => invalid.length === 0);
  return {
    neighbours: pairs[0]!.neighbours,
    kind,
    text: textOf(kind, pairs),
    isEqual: kind === AA,
    independentPairs: trusted.length,
    effects: effectsOf(trusted),
    ours: oursOf(pairs, kind, options),
    rivals: options.rivals.map((rival) => ({ name: rival.name, blocked: blockedBy(rival, cases) })),
  };
}

function textOf(kind: string, pairs: readonly Judged[]): string {
  if (kind === AA) return 'equal builds';
  const planted = pairs.findLast((pair) => pair.planted !== null)?.planted;
  if (!planted) return 'equal builds, every time of head multiplied';
  return plantText(readPlant(planted));
}

/** Of the metrics that judge. Throws when the recording does not know one of them. */
function effectsOf(trusted: readonly Judged[]): MeasuredEffect[] {
  const LEVEL = 0.025;
  return METRICS.filter(({ primary }) => primary).flatMap((metric): MeasuredEffect[] => {
    const pairs = trusted.map(({ pair }) => pair);
    if (pairs.some((pair) => metric.of(pair.base) === undefined)) throw failures.olderGate(metric.label);
    const values = valuesOf(metric, pairs);
    if (!values) return [];
    const logs = values.base.map((base, i) => logRatio(base, values.head[i]!));
    const { lower, upper } = bounds(logs, { below: LEVEL, above: LEVEL });
    const isKnown = logs.length > 1;
    return [
      {
        metric: metric.name,
        estimate: toRatio(mean(logs)),
        lower: isKnown ? toRatio(lower) : null,
        upper: isKnown ? toRatio(upper) : null,
      },
    ];
  });
}

function oursOf(pairs: readonly Judged[], kind: string, { rule, gates, blockPairs, seed }: ReplayOptions): Ours {
  const next = blocksOf(pairs, blockPairs, seeded(`${seed}/${kind}`));
  const random = seeded(`${seed}/${kind}/once`);
  const anyOf = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)];
  const counts = pairs.flatMap(({ counted }) => counted ?? []);
  const turns = pairs.flatMap(({ confirmation }) => confirmation ?? []);
  const source: Source = { counted: () => anyOf(counts), pair: next, confirmation: () => anyOf(turns) };
  const gated = Array.from({ length: gates }, () => gateOf(source, rule));
  const share = (verdict: Verdict) => wilson(gated.filter((gate) => gate.verdict === verdict).length, gates);
  const recorded = gatesAsRecorded(pairs, rule);
  const spread = (values: number[]) => {
    values.sort((a, b) => a - b);
    return { median: values[Math.floor(values.length / 2)]!, largest: values.at(-1)! };
  };
  return {
    regression: share('REGRESSION'),
    pass: share('PASS'),
    inconclusive: share('INCONCLUSIVE'),
    invalid: share('INVALID'),
    asRecorded: clopperPearson(recorded.filter(({ verdict }) => verdict === 'REGRESSION').length, recorded.length),
    seconds: spread(gated.map((gate) => gate.seconds)),
    pairs: spread(gated.map((gate) => gate.pairs)),
    byCounters: clopperPearson(counts.filter(({ verdict }) => verdict === 'MORE').length, counts.length),
    confirmations: turns.length,
  };
}

/** Every rival at every slowdown of known size, its limit moved until it finds it as often as we do. */
function comparisons(kinds: readonly Kind[], cells: readonly Cell[], { rivals }: ReplayOptions): EqualDetection[] {
  const equal = kinds.find(({ kind }) => kind === AA)!;
  const falseBlocks = cells.find(({ kind }) => kind === AA)!.ours.regression;
  return SCALED.flatMap((factor) => {
    const slower = kinds.find(({ kind }) => kind === scaledKind(factor))!;
    const found = cells.find(({ kind }) => kind === slower.kind)!.ours.regression;
    if (slower.cases.length === 0 || found.count === 0) return [];
    return rivals.map((rival) => ({
      neighbours: equal.pairs[0]!.neighbours,
      kind: slower.kind,
      rival: rival.name,
      ours: { found, falseBlocks },
      ...atEqualDetection(rival, found.ratio, slower.cases, equal.cases),
    }));
  });
}
