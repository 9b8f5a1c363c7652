// npm run gate:calibrate -- record: pairs of equal builds and of planted slowdowns, appended to a recording.
import path from 'node:path';
import { type Command, type Context, type Outcome, positive, usage } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { table } from '../../cli/table.ts';
import { shownPath } from '../../loadtests/run/result.ts';
import { readService } from '../../system/local/service-spec.ts';
import { KINDS, SEED } from './defaults.ts';
import { failures } from './failures.ts';
import { ROOT, recordingFile } from './files.ts';
import { checkKind } from './kinds.ts';
import { record } from './record.ts';
import type { Neighbours, Recorded } from './recording.ts';

export const command: Command = {
  name: 'gate:calibrate -- record',
  summary:
    'Records pairs as the gate measures them, equal builds first, until the minutes are over. Goes on where the file ends; Ctrl-C loses the pair under way.',
  options: {
    minutes: { type: 'string', value: 'N', help: 'how long', default: '30' },
    neighbours: {
      type: 'string',
      value: 'KIND',
      help: 'quiet, or busy: bursts on every core beside it',
      default: 'quiet',
    },
    kinds: {
      type: 'string',
      value: 'LIST',
      help: `aa (equal builds), cpu:N%, or plants of the gate, with commas`,
      default: KINDS.join(','),
    },
    service: { type: 'string', value: 'FILE', help: 'the service file', default: 'system/service.yaml' },
    seed: { type: 'string', value: 'N', help: 'seed of the first plan', default: `${SEED}` },
    file: { type: 'string', value: 'FILE', help: 'the recording (default reports/calibrate/NEIGHBOURS.jsonl)' },
  },
  examples: [
    { line: 'npm run gate:calibrate -- record --minutes 120', does: 'a quiet machine, nothing else running' },
    { line: 'npm run gate:calibrate -- record --minutes 60 --neighbours busy', does: 'the same beside bursts of CPU' },
    { line: 'npm run gate:calibrate -- record --kinds aa,delay:2ms', does: 'only equal builds and one slowdown' },
  ],
  run,
};

async function run({ words, options, progress, signal }: Context): Promise<Outcome> {
  if (words.length > 0) throw usage(`record takes no words: ${words.join(' ')}`, `npm run ${command.name} --help`);
  const neighbours = readNeighbours(`${options.neighbours}`);
  const file = path.resolve(typeof options.file === 'string' ? options.file : recordingFile(neighbours));
  const spec = await readService(path.resolve(ROOT, `${options.service}`));
  const pairs = await record(spec, {
    file,
    neighbours,
    kinds: `${options.kinds}`.split(',').map(checkKind),
    minutes: positive('minutes', options.minutes, 'minutes'),
    seed: readSeed(`${options.seed}`),
    progress,
    signal,
  });
  const counts = [...Map.groupBy(pairs, ({ kind }) => kind)].map(([kind, own]) => ({ kind, ...countOf(own) }));
  const rows = counts.map(({ kind, recorded, trusted }) => [kind, `${recorded}`, `${trusted}`]);
  return {
    exitCode: EXIT.pass,
    data: { file, neighbours, counts },
    text: [
      table(['kind', 'recorded', 'trusted'], rows),
      `recording: ${shownPath(file)}`,
      'next: npm run gate:calibrate -- replay',
    ].join('\n'),
  };
}

function countOf(pairs: readonly Recorded[]) {
  return { recorded: pairs.length, trusted: pairs.filter(({ invalid }) => invalid.length === 0).length };
}

function readNeighbours(value: string): Neighbours {
  if (value !== 'quiet' && value !== 'busy') throw failures.badWord('neighbours', value, 'quiet or busy');
  return value;
}

function readSeed(value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw failures.badWord('seed', value, 'a whole number, for example 7');
  return Number(value);
}
