// npm run bench: ours against floors and rivals, in alternating rounds of one run; prints figures, ratio and spread.
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Command, type Context, type Outcome, positive, usage } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { table } from '../../cli/table.ts';
import { type BenchOptions, type BenchResult, median } from './result.ts';

/** Every benchmark by name, in the order in which all of them run. */
const BENCHES: Record<string, () => Promise<{ run(options: BenchOptions): Promise<BenchResult> }>> = {
  'member-card': () => import('./member-card/bench.ts'),
  attendance: () => import('./attendance/bench.ts'),
  telemetry: () => import('./telemetry/bench.ts'),
  relay: () => import('./relay/bench.ts'),
  rebuild: () => import('./rebuild/bench.ts'),
  statistics: () => import('./statistics/bench.ts'),
  'lag-average': () => import('./lag/average.ts'),
  'lag-peak': () => import('./lag/peak.ts'),
};

/** Fewer give no spread worth the name. */
const FEWEST_ROUNDS = 5;
const ROOT = join(import.meta.dirname, '..', '..');

export const command: Command = {
  name: 'bench',
  summary: 'Measures AMS against floors and rivals side by side. Says MET or MISSED; a miss is a result, not an error.',
  words: `[${Object.keys(BENCHES).join('|')} ...]`,
  options: {
    rounds: { type: 'string', value: 'N', help: `rounds, ${FEWEST_ROUNDS} at least`, default: String(FEWEST_ROUNDS) },
    out: { type: 'string', value: 'DIR', help: 'where the logs of what was started go', default: 'reports/bench' },
  },
  examples: [
    { line: 'npm run bench', does: 'all of them, about 25 minutes on a quiet machine' },
    { line: 'npm run bench -- member-card --rounds 9', does: 'one of them with more rounds' },
    { line: 'npm run bench -- member-card attendance --json', does: 'two of them, every figure as one JSON object' },
  ],
  run,
};

async function run({ words, options, progress, signal }: Context): Promise<Outcome> {
  const names = words.length > 0 ? words : Object.keys(BENCHES);
  const unknown = names.find((name) => !BENCHES[name]);
  if (unknown !== undefined)
    throw usage(`there is no benchmark "${unknown}"`, `one of: ${Object.keys(BENCHES).join(', ')}`);
  const rounds = positive('rounds', options.rounds, 'rounds');
  if (!Number.isInteger(rounds) || rounds < FEWEST_ROUNDS) {
    throw usage(`--rounds must be a whole number from ${FEWEST_ROUNDS}, not ${rounds}`, '--rounds 9');
  }
  const out = resolve(ROOT, String(options.out));
  const results: BenchResult[] = [];
  for (const name of names) {
    const dir = join(out, name);
    await rm(dir, { recursive: true, force: true });
    await mkdir(dir, { recursive: true });
    progress.step(`${name}: ${rounds} rounds`);
    const { run } = await BENCHES[name]!();
    results.push(await run({ rounds, dir, progress, signal }));
  }
  return { exitCode: EXIT.pass, data: { schema: 'amsperf/bench/v1', rounds, results }, text: benchText(results) };
}

/** One block a benchmark: every figure, ratio and spread, and a line per goal. */
export function benchText(results: BenchResult[]): string {
  return results.map(block).join('\n\n');
}

function block(result: BenchResult): string {
  const rows = [
    ['ours', ...spread(result.ours), '', ''],
    ...Object.entries(result.rivals).map(([name, figures]) => {
      const { median, low, high } = result.ratios[name]!;
      return [name, ...spread(figures), `${round(median)}x`, `${round(low)} .. ${round(high)}`];
    }),
  ];
  return [
    `${result.name}: ${result.unit}, ${result.ours.length} rounds`,
    table(['', 'median', 'lowest', 'highest', 'ours is', 'per round'], rows),
    ...result.goals.map(({ text, met }) => `${met ? 'MET   ' : 'MISSED'} ${text}`),
    ...result.notes.map((note) => `note: ${note}`),
  ].join('\n');
}

function spread(figures: number[]): string[] {
  return [median(figures), Math.min(...figures), Math.max(...figures)].map(round);
}

/** Three significant digits, never in exponents. */
function round(figure: number): string {
  if (Math.abs(figure) >= 100) return String(Math.round(figure));
  return String(Number(figure.toPrecision(3)));
}
