// The rows that the Markdown and the HTML report of the table share: a table in, headers and cells in words out. Pure.
import { METRICS } from '../../gate/metrics.ts';
import { percent } from '../../gate/words.ts';
import type { Share } from '../intervals.ts';
import type { CalibrationTable, Cell } from '../table.ts';

export interface Rows {
  title: string;
  /** What a reader has to know to read it. */
  help: string;
  header: string[];
  rows: string[][];
}

const OURS = 'this gate';

/** "1.2 % (0.7 to 2.1)". */
export function shareText({ ratio, lower, upper, of }: Share): string {
  if (of === 0) return 'n/a';
  const text = (value: number) => (value * 100).toFixed(1);
  return `${text(ratio)} % (${text(lower)} to ${text(upper)})`;
}

const minutes = (seconds: number) => (seconds / 60).toFixed(1);

export function goalRows({ goals }: CalibrationTable): Rows {
  return {
    title: 'What was to be reached',
    help: '',
    header: ['figure', 'goal', 'reached', ''],
    rows: goals.map(({ goal, target, reached, met }) => [
      goal,
      target,
      reached,
      met === null ? '' : met ? 'met' : 'MISSED',
    ]),
  };
}

/** How often each rule blocks, of every kind, under one kind of neighbours. */
export function blockedRows({ cells }: CalibrationTable, neighbours: Cell['neighbours']): Rows {
  const mine = cells.filter((cell) => cell.neighbours === neighbours);
  const rivals = mine[0]?.rivals.map(({ name }) => name) ?? [];
  return {
    title: `How often each rule blocks, ${neighbours} neighbours`,
    help: `Of equal builds: wrongly. Of the others: found. In brackets the 95 % interval. A rival judges each recorded pair once, so its interval is that of
independent cases; ours are gates made of pairs drawn again, and their interval says only how exactly the drawing is known: the pairs that they
rest on are in the second column, and the table of our verdicts has the gates of pairs as recorded beside it.`,
    header: ['what was done to head', 'pairs', OURS, ...rivals],
    rows: mine.map((cell) => [
      `${cell.kind}: ${cell.text}`,
      String(cell.independentPairs),
      shareText(cell.ours.regression),
      ...cell.rivals.map(({ blocked }) => shareText(blocked)),
    ]),
  };
}

/** What each kind did to head, as measured over all its pairs. */
export function effectRows({ cells }: CalibrationTable): Rows {
  const metrics = METRICS.filter(({ primary }) => primary);
  return {
    title: 'What was done to head, as measured',
    help: 'Mean of the log ratios over the trusted pairs, with its 95 % interval (Student).',
    header: ['neighbours', 'kind', 'pairs', ...metrics.map(({ label }) => label)],
    rows: cells.map((cell) => [
      cell.neighbours,
      cell.kind,
      String(cell.independentPairs),
      ...metrics.map(({ name }) => {
        const effect = cell.effects.find(({ metric }) => metric === name);
        if (!effect) return 'n/a';
        const interval = effect.lower === null ? '' : ` (${percent(effect.lower)} to ${percent(effect.upper)})`;
        return `${percent(effect.estimate)}${interval}`;
      }),
    ]),
  };
}

export function verdictRows({ cells }: CalibrationTable): Rows {
  return {
    title: 'Verdicts of this gate',
    help: '"As recorded": REGRESSION of the gates that the pairs make in the order of recording, none used twice, with the interval of Clopper and Pearson. "By counters": recorded counts in which head certainly did more. "Turns": recorded confirmations, of which one is drawn after a REGRESSION by response times alone; without any it stands. Time from the start of the gate, opening both arms included, the work tree of base and its installation not.',
    header: [
      'neighbours',
      'kind',
      'REGRESSION',
      'PASS',
      'INCONCLUSIVE',
      'INVALID',
      'as recorded',
      'by counters',
      'turns',
      'pairs, median',
      'min, median',
      'min, largest',
    ],
    rows: cells.map(({ neighbours, kind, ours }) => [
      neighbours,
      kind,
      shareText(ours.regression),
      shareText(ours.pass),
      shareText(ours.inconclusive),
      shareText(ours.invalid),
      `${ours.asRecorded.count} of ${ours.asRecorded.of}: ${shareText(ours.asRecorded)}`,
      ours.byCounters.of === 0 ? 'not counted' : `${ours.byCounters.count} of ${ours.byCounters.of}`,
      String(ours.confirmations),
      String(ours.pairs.median),
      minutes(ours.seconds.median),
      minutes(ours.seconds.largest),
    ]),
  };
}

export function equalDetectionRows({ equalDetection }: CalibrationTable): Rows {
  return {
    title: 'Rivals at equal detection',
    help: 'The limit of each rival is moved until it finds the slowdown as often as this gate does; then it is asked about equal builds.',
    header: [
      'neighbours',
      'slowdown',
      'rival',
      'found by us',
      'its limit',
      'found by it',
      'false blocks: ours',
      'false blocks: its',
    ],
    rows: equalDetection.map(({ neighbours, kind, rival, ours, limit, found, falseBlocks }) => [
      neighbours,
      kind,
      rival,
      shareText(ours.found),
      limit.toPrecision(3),
      shareText(found),
      shareText(ours.falseBlocks),
      shareText(falseBlocks),
    ]),
  };
}

/** How and where it was made. */
export function circumstances(table: CalibrationTable): string[] {
  const { rule, replay, recordings } = table;
  return [
    `made ${table.madeAt} with the rule of commit ${table.commit.slice(0, 10)}: tolerance ${percent(rule.tolerance)}, at most ${rule.pairCap} pairs, false alarm at most ${rule.falseAlarm * 100} %, false pass at most ${rule.falsePass * 100} %`,
    ...recordings.map(({ neighbours, from, to, commits, machine, load, pairs }) => {
      const counts = Object.entries(pairs).map(([kind, { recorded, trusted }]) => `${kind} ${trusted} of ${recorded}`);
      return `${neighbours} neighbours: recorded ${from} to ${to}, commit ${commits.join(', ')}, ${machine.cores} x ${machine.cpu}, ${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB, Node ${machine.node}, k6 ${machine.k6}, ${machine.parts.join(', ')}; ${load.ratePerSecond} requests/s an arm, ${load.measuredMs / 1000} s after ${load.warmUpMs / 1000} s of warm-up; trusted pairs: ${counts.join(', ')}`;
    }),
    `gates of this rule: ${replay.gates} of each kind, from blocks of ${replay.blockPairs} consecutive pairs of that kind drawn with replacement (circular block bootstrap, seed ${replay.seed}); latency figures are made again from the raw times of every request; of n recorded pairs their scatter is understated by about 1/(2n)`,
    `"times +20 %" and its like are the recorded pairs of equal builds with every time of head multiplied: their size is exact; CPU stays as it was`,
    `rivals see service times without anything left out; "base, then head" and github-action-benchmark compare with the base of the pair recorded just before; the t test sees ${replay.historyRuns} bases drawn from the same recording, which is kinder than another machine or another day`,
    ...table.rivals.map(({ name, source }) => `${name}: ${source}`),
  ];
}
