// `npm run slo -- postmortem`: an alert or a span in, a half-written postmortem out; `verify` and `actions` of those that exist.
import { existsSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Command, type Context, type Outcome, usage } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { table } from '../../cli/table.ts';
import { readAllObjectives } from '../objectives/read.ts';
import { objectivesDir } from '../paths.ts';
import { DEFAULT_SOURCE, openSource, type Source } from '../source/source.ts';
import { recordName } from './draft.ts';
import { failures } from './failures.ts';
import { type Gathered, gather } from './gather.ts';
import { findIncident } from './incident.ts';
import { samplesOf } from './keep.ts';
import { openActions } from './open-actions.ts';
import { RECORD_FILES, readRecords, recordsDir } from './records.ts';
import { isoOf } from './units.ts';
import { readRecordFolder, type Verified, verify } from './verify.ts';
import { requireNew, writeRecord } from './write.ts';

export const command: Command = {
  name: 'slo -- postmortem',
  summary: 'Writes the half of a postmortem that data can write; verifies it; lists open and late actions.',
  words: '<alert> | --from … --to … | keep <record> | verify <record> | actions',
  options: {
    from: { type: 'string', value: 'UTC', help: 'begin of the incident, or of where the alert is looked for' },
    to: { type: 'string', value: 'UTC', help: 'its end' },
    source: {
      type: 'string',
      value: 'URL|FILE',
      help: `a Prometheus or a recorded file (default ${DEFAULT_SOURCE}; of keep what the record names, of verify what was kept, else the same)`,
    },
    objective: { type: 'string', value: 'NAME', help: 'which objective, when the alerts do not say it' },
    log: {
      type: 'string',
      value: 'FILE',
      help: "the API's log, JSON lines: counts requests and tenants, copies nothing",
    },
    reports: { type: 'string', value: 'DIR', help: 'where load tests left their results', default: 'reports' },
    records: { type: 'string', value: 'DIR', help: 'the folder of all records (default slo/postmortem/records)' },
    out: { type: 'string', value: 'DIR', help: 'the folder of this record (default <records>/<date>-<alert>)' },
  },
  examples: [
    { line: 'npm run slo -- postmortem ErrorBudgetBurn', does: 'of the last time that this alert fired' },
    {
      line: 'npm run slo -- postmortem --from 2026-11-20T10:00:00Z --to 2026-11-20T10:40:00Z --objective latency',
      does: 'of a span of time',
    },
    {
      line: 'npm run slo -- postmortem keep slo/postmortem/records/2026-11-20-error-budget-burn',
      does: 'the samples below its figures beside the record, before Prometheus forgets them',
    },
    {
      line: 'npm run slo -- postmortem verify slo/postmortem/records/2026-11-20-error-budget-burn',
      does: 'asks every figure of a record again; exit code 1 when one differs',
    },
    { line: 'npm run slo -- postmortem actions', does: 'what is open; exit code 1 when something is late' },
  ],
  async run(context) {
    const [word, ...more] = context.words;
    const nowSeconds = Date.now() / 1000;
    if (word === 'actions') return actions(context, nowSeconds);
    if (word === 'keep') return keep(context, more);
    if (word === 'verify') return verifyOne(context, more);
    return write(context, nowSeconds);
  },
};

async function write({ words, options, progress, signal }: Context, nowSeconds: number): Promise<Outcome> {
  const [alert, ...others] = words;
  if (others.length > 0) throw usage(`one alert, not ${words.join(', ')}`, 'npm run slo -- postmortem --help');
  const span = spanOf(options.from, options.to, nowSeconds);
  if (alert === undefined && !span) throw usage('an alert, or --from and --to', 'npm run slo -- postmortem --help');
  const objectives = await readAllObjectives(objectivesDir);
  const records = String(options.records ?? recordsDir);
  const out = options.out === undefined ? undefined : String(options.out);
  if (out) await requireNew(out);
  return withSource(String(options.source ?? DEFAULT_SOURCE), { progress, signal }, async (source) => {
    progress.step('looking for the incident');
    const objective = options.objective === undefined ? {} : { objective: String(options.objective) };
    const wanted = { ...(alert && { alert }), ...(span && { span }), ...objective, nowSeconds };
    const incident = await findIncident(source, objectives, wanted);
    const folder = out ?? path.join(records, recordName(incident));
    await requireNew(folder);
    progress.step(`asking the figures of ${isoOf(incident.span.fromSeconds)} to ${isoOf(incident.span.toSeconds)}`);
    const log = options.log === undefined ? {} : { log: String(options.log) };
    const gathered = await gather(source, incident, { reports: String(options.reports), ...log });
    const record = await writeRecord(folder, gathered, nowSeconds);
    return {
      exitCode: EXIT.pass,
      data: { folder, ...record, figures: gathered.figures.map(({ id, printed }) => ({ id, printed })) },
      text: [
        summary(gathered),
        '',
        `${gathered.figures.length} figures, ${gathered.pictures.length} pictures; to be written by ${record.dueUtc}`,
        ...WRITTEN.map((file) => path.join(folder, file)),
        `next: npm run slo -- postmortem keep ${folder}`,
      ].join('\n'),
    };
  });
}

const { story, evidence, page, panels } = RECORD_FILES;
const WRITTEN = [story, evidence, page, panels];

/** What stands in the table at the end: the figures that everybody asks for first. */
const SHOWN = [
  'first-bad',
  'to-detect',
  'to-page',
  'recovered',
  'lasted',
  'bad',
  'all',
  'bad-share',
  'down',
  'budget-spent',
  'budget-left',
  'log-requests',
  'log-tenants',
];

function summary({ figures, incident: { objective, severity } }: Gathered): string {
  const rows = SHOWN.flatMap((id) =>
    figures.filter((figure) => figure.id === id).map(({ title, printed }) => [title, printed]),
  );
  return table(['figure', 'value'], [['Objective', `${objective.name}, ${severity}`], ...rows]);
}

/** Kept only when every figure can be asked of what is kept. */
async function keep({ options, progress, signal }: Context, words: string[]): Promise<Outcome> {
  const folder = oneRecord('keep', words);
  const record = await readRecordFolder(folder);
  const file = path.join(folder, RECORD_FILES.samples);
  await requireNew(file);
  const text = await withSource(String(options.source ?? record.evidence.source), { progress, signal }, (source) => {
    progress.step(`asking for the samples of ${record.evidence.figures.length} figures`);
    return samplesOf(source, record.evidence.figures);
  });
  const packed = gzipSync(text);
  const part = path.join(folder, `part-${RECORD_FILES.samples}`);
  try {
    await writeFile(part, packed);
    const { differences } = await withSource(part, { progress, signal }, (source) => verify(record, source));
    if (differences.length > 0) throw failures.notKept(folder, differences);
    await rename(part, file);
  } finally {
    await rm(part, { force: true });
  }
  const samples = text.split('\n').length - 2;
  return {
    exitCode: EXIT.pass,
    data: { file, samples, bytes: packed.length },
    text: `${file}: ${samples} samples, ${(packed.length / 1000).toFixed(0)} kB, and every figure is the same when they are asked\nnext: npm run slo -- postmortem verify ${folder}`,
  };
}

function oneRecord(word: string, [folder, ...others]: string[]): string {
  if (folder === undefined || others.length > 0)
    throw usage(`${word} needs the folder of one record`, 'npm run slo -- postmortem --help');
  return folder;
}

async function verifyOne({ options, progress, signal }: Context, words: string[]): Promise<Outcome> {
  const folder = oneRecord('verify', words);
  const record = await readRecordFolder(folder);
  const kept = path.join(folder, RECORD_FILES.samples);
  const known = existsSync(kept) ? kept : record.evidence.source;
  return withSource(String(options.source ?? known), { progress, signal }, async (source) => {
    progress.step(`asking ${record.evidence.figures.length} figures again`);
    const verified = await verify(record, source, options.log === undefined ? undefined : String(options.log));
    return {
      exitCode:
        verified.differences.length > 0
          ? EXIT.regression
          : verified.notAsked.length > 0
            ? EXIT.inconclusive
            : EXIT.pass,
      data: { folder, ...verified },
      text: verifiedText(verified),
    };
  });
}

function verifiedText({ asked, places, differences, prometheus, notAsked, toWrite }: Verified): string {
  const rows = differences.map(({ figure, where, stands, is }) => [figure, where, stands, is]);
  return [
    ...(rows.length > 0 ? [table(['figure', 'where', 'stands', 'is'], rows), ''] : []),
    `${asked} figures asked again, ${places} places in the documents read: ${rows.length} differ`,
    ...(rows.length > 0 && prometheus.written !== prometheus.now
      ? [
          `written with Prometheus ${prometheus.written}, asked at ${prometheus.now}: a rate may differ in its last digit`,
        ]
      : []),
    ...(notAsked.length > 0 ? [`not asked, because no log was given with --log: ${notAsked.join(', ')}`] : []),
    ...(toWrite > 0 ? [`${toWrite} sections are still to be written`] : []),
  ].join('\n');
}

async function actions({ options }: Context, nowSeconds: number): Promise<Outcome> {
  const dir = String(options.records ?? recordsDir);
  const incidents = await readRecords(dir);
  const open = openActions(incidents, nowSeconds * 1000);
  const late = open.filter((action) => action.late).length;
  const rows = open.map(({ late: isLate, due, incident, id, owner, what }) => [
    isLate ? 'LATE' : 'open',
    due,
    incident,
    id,
    owner,
    what,
  ]);
  return {
    exitCode: late > 0 ? EXIT.regression : EXIT.pass,
    data: { records: incidents.length, late, open },
    text: [
      ...(rows.length > 0 ? [table(['state', 'due', 'incident', 'action', 'owner', 'what'], rows), ''] : []),
      `${incidents.length} records in ${dir}: ${open.length} actions open, ${late} of them late`,
    ].join('\n'),
  };
}

/** What was started for the source ends with the work, also when it fails. */
async function withSource<T>(
  what: string,
  options: Pick<Context, 'progress' | 'signal'>,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  const source = await openSource(what, options);
  try {
    return await work(source);
  } finally {
    await source.stop();
  }
}

type Option = Context['options'][string];
const MAX_DAYS = 31;

function spanOf(from: Option, to: Option, nowSeconds: number) {
  if (from === undefined && to === undefined) return undefined;
  if (from === undefined || to === undefined)
    throw usage('--from and --to go together', 'npm run slo -- postmortem --help');
  const [fromSeconds, toSeconds] = [timeOf('from', String(from)), timeOf('to', String(to))];
  if (toSeconds <= fromSeconds) throw failures.backwards(String(from), String(to));
  if (toSeconds > nowSeconds) throw failures.inTheFuture(String(to), isoOf(Math.floor(nowSeconds)));
  const days = (toSeconds - fromSeconds) / 86_400;
  if (days > MAX_DAYS) throw failures.tooLong(Math.round(days));
  return { fromSeconds, toSeconds };
}

function timeOf(option: string, value: string): number {
  const isUtc = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?Z$/.test(value);
  const ms = isUtc ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(ms)) throw failures.noTime(option, value);
  return ms / 1000;
}
