// npm run gate:calibrate -- replay: recordings through this gate's rule and through the rivals; table and reports out.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Command, type Context, type Outcome, positive } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { shownPath, writeWhole } from '../../loadtests/run/result.ts';
import { readObjectives } from '../../slo/objectives/read.ts';
import { RULE } from '../gate/defaults.ts';
import { headBuild } from '../gate/git.ts';
import { readOptions } from '../gate/options.ts';
import { GATES, SEED } from './defaults.ts';
import { failures } from './failures.ts';
import { REPORTS, ROOT, recordingFile, TABLE_JSON, TABLE_MD } from './files.ts';
import { AA } from './kinds.ts';
import { makeTable } from './make-table.ts';
import type { Recorded } from './recording.ts';
import { htmlReport } from './report/html.ts';
import { markdownReport } from './report/markdown.ts';
import { terminalReport } from './report/terminal.ts';
import { rivalsOf } from './rivals.ts';
import { readRecording } from './store.ts';

export const command: Command = {
  name: 'gate:calibrate -- replay',
  summary: 'Judges recorded pairs by the rule of this checkout and by what others do, many times, and makes the table.',
  words: '[FILE ...]',
  options: {
    gates: { type: 'string', value: 'N', help: 'gates of each kind, made of pairs drawn again', default: `${GATES}` },
    tolerance: {
      type: 'string',
      value: 'P%',
      help: 'of the rule, as for the gate',
      default: `${RULE.tolerance * 100}%`,
    },
    pairs: { type: 'string', value: 'N', help: 'of the rule, as for the gate', default: `${RULE.pairCap}` },
    out: { type: 'string', value: 'DIR', help: 'folder of the reports (default reports/calibrate)' },
    commit: { type: 'boolean', help: 'also take it over as the committed table, ci/calibrate/table.{json,md}' },
  },
  examples: [
    { line: 'npm run gate:calibrate -- replay', does: 'what was recorded in reports/calibrate' },
    { line: 'npm run gate:calibrate -- replay night.jsonl --tolerance 5%', does: 'another recording, another rule' },
    { line: 'npm run gate:calibrate -- replay --commit', does: 'the table that the README shows' },
  ],
  run,
};

async function run({ words, options, progress, signal }: Context): Promise<Outcome> {
  const { rule } = readOptions({ words: [], options: { tolerance: options.tolerance, pairs: options.pairs } });
  const gates = Math.trunc(positive('gates', options.gates, 'gates'));
  const recorded = await readAll(words);
  const table = makeTable(recorded, {
    madeAt: new Date(),
    commit: (await headBuild(ROOT)).commit,
    rule,
    rivals: rivalsOf(await readLimits()),
    gates,
    seed: SEED,
    onCell(neighbours, kind) {
      signal.throwIfAborted();
      progress.step(`${neighbours} neighbours, ${kind}: ${gates} gates`);
    },
  });
  const out = path.resolve(typeof options.out === 'string' ? options.out : REPORTS);
  const page = path.join(out, 'report.html');
  const [json, markdown] = [`${JSON.stringify(table, null, 2)}\n`, markdownReport(table)];
  await writeWhole(page, htmlReport(table));
  await writeWhole(path.join(out, 'table.md'), markdown);
  await writeWhole(path.join(out, 'table.json'), json);
  if (options.commit === true) {
    await writeWhole(TABLE_JSON, json);
    await writeWhole(TABLE_MD, markdown);
  }
  const next = `npm run gate:calibrate -- ${options.commit === true ? 'table' : 'replay --commit'}`;
  return { exitCode: EXIT.pass, data: table, text: terminalReport(table, { page: shownPath(page), next }) };
}

/** The given files, or the usual ones that are there. Throws when one of them has no equal builds. */
async function readAll(words: readonly string[]): Promise<Recorded[]> {
  const usual = (['quiet', 'busy'] as const).map(recordingFile);
  const files = words.length > 0 ? words.map((word) => path.resolve(word)) : usual.filter((file) => existsSync(file));
  if (files.length === 0) throw failures.nothingRecorded(shownPath(usual[0]!));
  const recorded = (await Promise.all(files.map(readRecording))).flat();
  for (const [neighbours, pairs] of Map.groupBy(recorded, (pair) => pair.neighbours)) {
    const equal = pairs.filter(({ kind, invalid }) => kind === AA && invalid.length === 0);
    if (equal.length < 2)
      throw failures.nothingRecorded(`${files.map(shownPath).join(', ')} (${neighbours} neighbours)`);
  }
  if (recorded.length === 0) throw failures.nothingRecorded(files.map(shownPath).join(', '));
  return recorded;
}

/** What k6 thresholds would be set to: the objectives. */
async function readLimits(): Promise<{ p95Ms: number; errorRatio: number }> {
  const objectives = await readObjectives(path.join(ROOT, 'slo', 'objectives'));
  const latency = objectives.find(({ thresholdSeconds }) => thresholdSeconds !== undefined);
  const errors = objectives.find(({ indicator }) => indicator === 'errors');
  return {
    p95Ms: Math.round((latency?.thresholdSeconds ?? Number.POSITIVE_INFINITY) * 1000),
    errorRatio: Number((1 - (errors?.target ?? 0)).toPrecision(6)),
  };
}
