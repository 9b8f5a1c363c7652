// npm run growth: how large the write model is, how it grows, and whether vacuum, partitions or shards are due. Reads only statistics.
import { readFile, writeFile } from 'node:fs/promises';
import pg from 'pg';
import type { Command, Context, Outcome } from '../../../cli/command.ts';
import { EXIT } from '../../../cli/exit.ts';
import { table } from '../../../cli/table.ts';
import { readWriteModelUrl } from '../../config.ts';
import { failures } from './failures.ts';
import { measure, type Snapshot } from './measure.ts';
import { findingsText, serverText, TABLE_HEADER, tableRows } from './report.ts';
import { growthBetween, judge, RULES } from './rules.ts';

const CONNECT_MS = 5000;
const STATEMENT_MS = 30_000;
/** Daily snapshots of a year and some. */
const MOST_KEPT = 400;

export const command: Command = {
  name: 'growth',
  summary: 'Reports size, growth, vacuum, outbox and replica of the write model, and says what is due by which rule.',
  options: {
    url: { type: 'string', value: 'URL', help: 'the database (default: DATABASE_URL)' },
    keep: { type: 'string', value: 'FILE', help: 'adds this snapshot to FILE, and compares with the oldest one in it' },
    rules: { type: 'boolean', help: 'the rules with their reasons, without a database' },
  },
  examples: [
    { line: 'npm run growth -- --url postgres://ams@127.0.0.1:5432/ams', does: 'the present state' },
    {
      line: 'npm run growth -- --keep growth.jsonl',
      does: 'once a day: from the second time on with the growth per day',
    },
    { line: 'npm run growth -- --rules', does: 'what it looks for, and why' },
  ],
  run,
};

async function run({ options, words, progress }: Context): Promise<Outcome> {
  if (words.length > 0) throw failures.badWord(words[0]!);
  if (options.rules) {
    const rules = RULES.map(({ name, reason, next }) => ({ name, reason, next }));
    const text = rules.map(({ name, reason, next }) => `${name}\n  why: ${reason}\n  do:  ${next}`).join('\n');
    return { exitCode: EXIT.pass, data: { rules }, text };
  }
  const url = typeof options.url === 'string' ? options.url : urlOfEnvironment();
  const file = options.keep as string | undefined;
  const kept = file ? await readKept(file) : [];
  progress.step('asking the database');
  const snapshot = await snapshotOf(url);
  const before = kept.find(({ database }) => database === snapshot.database);
  const growth = before ? growthBetween(before, snapshot) : null;
  const findings = judge(snapshot, growth);
  if (file) await writeKept(file, [...kept, snapshot].slice(-MOST_KEPT));
  const shown = growth && { ...growth, tables: Object.fromEntries(growth.tables) };
  const text = [table(TABLE_HEADER, tableRows(snapshot, growth)), serverText(snapshot, growth), findingsText(findings)];
  return { exitCode: EXIT.pass, data: { snapshot, growth: shown, findings }, text: text.join('\n\n') };
}

function urlOfEnvironment(): string {
  try {
    return readWriteModelUrl();
  } catch {
    throw failures.noDatabase();
  }
}

async function snapshotOf(url: string): Promise<Snapshot> {
  if (!/^postgres(ql)?:$/.test(URL.parse(url)?.protocol ?? '')) throw failures.badUrl(url);
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
  });
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    throw failures.unreachable((error as Error).message);
  }
  try {
    return await measure(client);
  } catch (error) {
    throw failures.notAms((error as Error).message);
  } finally {
    await client.end().catch(() => {});
  }
}

async function readKept(file: string): Promise<Snapshot[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw failures.badFile(file, error.message);
  });
  try {
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Snapshot);
  } catch {
    throw failures.badFile(file, 'no file of snapshots');
  }
}

async function writeKept(file: string, snapshots: Snapshot[]): Promise<void> {
  await writeFile(file, snapshots.map((one) => `${JSON.stringify(one)}\n`).join('')).catch((error: Error) => {
    throw failures.badFile(file, error.message);
  });
}
