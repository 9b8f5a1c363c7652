// One line of the history: what a gate measured of one commit. A result of the gate in, a record out; a stored line in, a record out. Pure.
import { z } from 'zod';
import { failures } from './failures.ts';

const metricSchema = z.object({
  /** Geometric means over the pairs, in the unit of the metric. */
  base: z.number(),
  head: z.number(),
  /** Mean over the pairs of ln(head / base). */
  logRatio: z.number(),
  /** Standard deviation over the pairs of ln(head / base); null with fewer than two. */
  scatter: z.number().nonnegative().nullable(),
});

const recordSchema = z.object({
  schema: z.literal('amsperf/history/v1'),
  /** Commit and run: the same run of the same commit is stored once. */
  id: z.string().min(1),
  commit: z.string().min(1),
  committedAt: z.iso.datetime({ offset: true }),
  /** Commit that it was compared with. */
  base: z.string().min(1),
  run: z.string().min(1),
  measuredAt: z.iso.datetime({ offset: true }),
  verdict: z.string(),
  pairs: z.number().int().positive(),
  machine: z.string(),
  workload: z.string(),
  metrics: z.record(z.string(), metricSchema),
});

export type HistoryRecord = z.infer<typeof recordSchema>;

/** What the history needs of a result of the gate; everything else in it may change from version to version. */
const resultSchema = z.object({
  schema: z.string().startsWith('amsperf/gate/v'),
  kind: z.string(),
  verdict: z.string(),
  startedAt: z.iso.datetime(),
  head: z.object({ commit: z.string(), dirty: z.boolean() }),
  base: z.object({ commit: z.string() }).nullable(),
  planted: z.string().nullable(),
  load: z.object({ workloadHash: z.string() }),
  effects: z.array(
    z.object({
      metric: z.string(),
      // JSON has no infinity: a metric that could not be measured arrives as null and is left out.
      base: z.number().nullable(),
      head: z.number().nullable(),
      estimate: z.number().nullable(),
      scatter: z.number().nullable(),
    }),
  ),
  pairs: z.array(z.unknown()),
  environment: z.object({ cpu: z.string(), cores: z.number() }),
});

/**
 * The record of a result.
 * @param text a `result.json` of the gate; `file` is only for messages
 * @param options.run what tells two runs of the same commit apart: the number of a pipeline; without one the start of the gate
 * Throws a Failure for what is no result, and for results that say nothing of a commit: INVALID, planted, not committed, compared with itself, no pairs.
 */
export function toRecord(
  text: string,
  file: string,
  options: { run?: string | undefined; committedAt(commit: string): string },
): HistoryRecord {
  const result = read(text, resultSchema, (why) => failures.noResult(file, why));
  const { head, base, startedAt } = result;
  if (result.verdict === 'INVALID') throw failures.notUsable(file, 'its verdict is INVALID');
  if (!base || result.pairs.length === 0) throw failures.notUsable(file, 'it compares nothing');
  if (base.commit === head.commit) throw failures.notUsable(file, 'both arms are the same commit');
  if (result.planted !== null) throw failures.notUsable(file, `something was planted in head: ${result.planted}`);
  if (head.dirty || head.commit === '') throw failures.notUsable(file, 'its head is no commit but a changed work tree');
  const run = options.run ?? startedAt;
  const metrics = result.effects.flatMap(({ metric, base: from, head: to, estimate, scatter }) =>
    from === null || to === null || estimate === null || !(estimate > -1)
      ? []
      : [[metric, { base: from, head: to, logRatio: Math.log1p(estimate), scatter }] as const],
  );
  return {
    schema: 'amsperf/history/v1',
    id: `${head.commit}@${run}`,
    commit: head.commit,
    committedAt: options.committedAt(head.commit),
    base: base.commit,
    run,
    measuredAt: startedAt,
    verdict: result.verdict,
    pairs: result.pairs.length,
    machine: `${result.environment.cores} x ${result.environment.cpu}`,
    workload: result.load.workloadHash,
    metrics: Object.fromEntries(metrics),
  };
}

/** A record as one line, without its end. */
export const toLine = (record: HistoryRecord): string => JSON.stringify(record);

export interface History {
  /** In the order of their commits; of the same commit in the order of measuring. */
  records: HistoryRecord[];
  /** Lines that are no record, each with its number from 1 and the reason. They stay in the store. */
  malformed: { line: number; why: string }[];
}

/** The records of stored lines. Empty lines are nothing; of two lines with the same id the first counts. */
export function readHistory(lines: readonly string[]): History {
  const malformed: History['malformed'] = [];
  const records = new Map<string, HistoryRecord>();
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    try {
      const record = read(line, recordSchema, (why) => new Error(why));
      if (!records.has(record.id)) records.set(record.id, record);
    } catch (error) {
      malformed.push({ line: index + 1, why: (error as Error).message });
    }
  }
  const at = (time: string) => Date.parse(time);
  return {
    records: [...records.values()].sort(
      (a, b) => at(a.committedAt) - at(b.committedAt) || at(a.measuredAt) - at(b.measuredAt),
    ),
    malformed,
  };
}

function read<T>(text: string, schema: z.ZodType<T>, failure: (why: string) => Error): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw failure(`no JSON: ${(error as Error).message}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw failure(`${issue.path.join('.') || 'the whole'}: ${issue.message}`);
}
