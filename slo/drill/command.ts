// `npm run slo -- drill`: every alert proven on the real system: predicted page time against the webhook's.
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Command, type Context, type Outcome, positive } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';
import { BLIND_ALERT } from '../compile/absence.ts';
import { type Objective, readAllObjectives } from '../objectives/read.ts';
import { objectivesDir } from '../paths.ts';
import { queriesOf, readPages } from '../runbooks/pages.ts';
import { record } from '../runbooks/recordings.ts';
import { BLIND_FAULTS, type BlindFault } from './blind.ts';
import { onlyRecorded, unknownFault } from './failures.ts';
import { BURN_FAULTS, type BurnFault, SIDE_FAULTS, type SideFault } from './faults.ts';
import { drillPage } from './html.ts';
import { type Circumstances, type DrillResult, type Drills, type SavedDrills, shortcomings } from './result.ts';
import { drillFault, type RunOptions, recordFault } from './run.ts';
import { startDrilledSystem } from './system.ts';
import { drillTable } from './table.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
/** Beside this file: the last drill of every alert. */
const RESULTS = path.join(import.meta.dirname, 'results.json');

export const command: Command = {
  name: 'slo -- drill',
  summary:
    'Puts a fault into the real system for each alert and awaits the page: when was it predicted, when did it come?',
  words: '[alert…]',
  options: {
    fault: { type: 'string', value: 'NAMES', help: 'only these faults (comma-separated), instead of the alerts' },
    'time-scale': {
      type: 'string',
      value: 'N',
      help: 'so many times faster than on call; at 30 the rules are evaluated every second',
      default: '30',
    },
    hold: {
      type: 'string',
      value: 'SECONDS',
      help: 'longest time to hold a fault after its page, to see whether slower tiers tell again',
      default: '60',
    },
    record: { type: 'boolean', help: "records what the runbooks' queries are asked of, into slo/runbooks/testdata" },
    save: { type: 'boolean', help: 'keeps the result of each fault in slo/drill/results.json' },
  },
  examples: [
    { line: 'npm run slo -- drill', does: 'every alert, some 20 minutes' },
    { line: 'npm run slo -- drill ErrorBudgetBurn', does: 'one alert, two minutes' },
    { line: 'npm run slo -- drill AvailabilityBudgetBurn --time-scale 10', does: 'nearer to real time' },
    { line: 'npm run slo -- drill --record --save', does: 'and keeps what the runbooks and the note show' },
  ],
  run: drillAlerts,
};

type Fault = BurnFault | BlindFault;

async function drillAlerts(context: Context): Promise<Outcome> {
  const { options, progress, signal } = context;
  const objectives = await readAllObjectives(objectivesDir);
  const scale = positive('time-scale', options['time-scale'], 'times');
  const holdSeconds = positive('hold', options.hold, 'seconds');
  const chosen = choose(context, objectives);
  if (options.record !== true && chosen.every(isSide)) throw onlyRecorded(String(options.fault));
  const startedMs = Date.now();
  const now = () => Date.now() / 1000;
  const name = new Date(startedMs).toISOString().slice(0, 19).replaceAll(':', '');
  const dir = path.join(ROOT, 'reports', `drill-${name}`);
  await mkdir(dir, { recursive: true });
  const commit = await commitOf(signal);
  const circumstances: Circumstances = {
    drilledAt: new Date(startedMs).toISOString(),
    commit,
    machine: `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'CPU'}`,
  };
  const run: RunOptions = { objectives, scale, holdSeconds, dir, now, progress, signal };
  if (options.record === true) {
    const pages = await readPages(objectives);
    run.record = async (fault, client, moments) => {
      const { what } = [...BURN_FAULTS, ...BLIND_FAULTS, ...SIDE_FAULTS].find((one) => one.name === fault)!;
      const recording = { fault, what, recordedAt: new Date().toISOString(), commit, scale };
      await record(client, { recording, moments: { ...moments }, queries: queriesOf(pages, fault) });
    };
  }
  const results: DrillResult[] = [];
  const undone: Drills['undone'] = [];
  const system = await startDrilledSystem({ run: name, dir: path.join(dir, 'logs'), progress, signal });
  try {
    for (const fault of chosen) {
      progress.step(`${fault.name}: ${fault.what}`);
      try {
        if (isSide(fault)) {
          if (options.record === true) await recordFault(fault, system, run);
          continue;
        }
        const result = await drillFault(fault, system, run);
        results.push(result);
        if (options.save === true) await save(result, circumstances);
      } catch (error) {
        // One that cannot be drilled does not take the others with it.
        if (!(error instanceof Failure)) throw error;
        undone.push({ fault: fault.name, message: error.message });
        progress.note(`not drilled: ${error.message}`);
      }
    }
  } finally {
    await system.stop();
  }
  const drills: Drills = { schema: 'amsperf/drill/v1', ...circumstances, scale, results, undone };
  return report(drills, dir);
}

const isSide = (fault: Fault | SideFault): fault is SideFault => 'seconds' in fault;

/** The faults of the named alerts, or the named ones, or all. */
function choose({ words, options }: Context, objectives: Objective[]): (Fault | SideFault)[] {
  const drilled: Fault[] = [...BURN_FAULTS, ...BLIND_FAULTS];
  const all = [...drilled, ...SIDE_FAULTS];
  const alertOf = (fault: Fault) =>
    'reason' in fault ? BLIND_ALERT : objectives.find(({ name }) => name === fault.slo)!.alert;
  if (typeof options.fault === 'string') {
    return options.fault.split(',').map((name) => {
      const found = all.find((fault) => fault.name === name);
      if (!found)
        throw unknownFault(
          name,
          all.map((fault) => fault.name),
        );
      return found;
    });
  }
  for (const word of words) {
    if (!drilled.some((fault) => alertOf(fault) === word)) throw unknownFault(word, [...new Set(drilled.map(alertOf))]);
  }
  return words.length === 0 ? all : drilled.filter((fault) => words.includes(alertOf(fault)));
}

/** Puts a result in the place of the last one of its fault. */
async function save(result: DrillResult, circumstances: Circumstances): Promise<void> {
  const before = await readFile(RESULTS, 'utf8').then(
    (text) => (JSON.parse(text) as SavedDrills).results,
    () => [],
  );
  const others = before.filter(({ fault }) => fault !== result.fault);
  const saved: SavedDrills = { schema: 'amsperf/drills/v1', results: [...others, { ...circumstances, ...result }] };
  await writeFile(RESULTS, `${JSON.stringify(saved, null, 2)}\n`);
}

async function report(drills: Drills, dir: string): Promise<Outcome> {
  const json = `${JSON.stringify(drills, null, 2)}\n`;
  await writeFile(path.join(dir, 'drill.json'), json);
  await writeFile(path.join(dir, 'drill.html'), drillPage(drills));
  const { results, undone } = drills;
  const failed = results.filter((result) => shortcomings(result).length > 0);
  const all = results.length + undone.length;
  const passed = results.length - failed.length;
  const where = path.relative(process.cwd(), path.join(dir, 'drill.html'));
  return {
    exitCode: undone.length > 0 ? EXIT.invalid : failed.length > 0 ? EXIT.objective : EXIT.pass,
    data: drills,
    text: [
      drillTable(drills.results),
      ...failed.map((result) => `${result.alert} (${result.fault}): ${shortcomings(result).join('; ')}`),
      ...undone.map(({ fault, message }) => `${fault} was not drilled: ${message}`),
      `${passed === all ? 'PASS' : 'FAIL'}: ${passed} of ${all} told once, when predicted, and ended`,
      `report: ${where}`,
      'next: npm run slo -- runbook verify',
    ].join('\n'),
  };
}

async function commitOf(signal: AbortSignal): Promise<string> {
  const { stdout } = await promisify(execFile)('git', ['rev-parse', '--short', 'HEAD'], { cwd: ROOT, signal });
  return stdout.trim();
}
