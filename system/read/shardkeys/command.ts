// npm run shardkeys: puts the real load on the read models and shows, for each candidate shard key, cardinality, skew and targeted operations.
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient, MongoError } from 'mongodb';
import { type Command, type Context, type Outcome, positive, usage } from '../../../cli/command.ts';
import { EXIT } from '../../../cli/exit.ts';
import { table } from '../../../cli/table.ts';
import { local } from '../../local/config.ts';
import { startMongodb } from '../../local/mongodb.ts';
import { scratchDir } from '../../local/parts.ts';
import { failures } from './failures.ts';
import { judgeKeys, type KeyReport, startProfile, stopProfile } from './observe.ts';

const WAIT_MS = 5000;
const CLI = new URL('../../../cli.ts', import.meta.url).pathname;

export const command: Command = {
  name: 'shardkeys',
  summary:
    'Judges the shard keys of the read models under a load: how far each key divides the data, how evenly, and what it targets.',
  words: '[scenario]',
  options: {
    mongodb: { type: 'string', value: 'URL', help: 'watch this running one instead of starting a load' },
    seconds: { type: 'string', value: 'N', help: 'how long to watch it', default: '30' },
  },
  examples: [
    { line: 'npm run shardkeys', does: 'starts everything, puts the load "smoke" on it and judges every key' },
    { line: 'npm run shardkeys -- average --json', does: 'the same under a minute of the average load, as JSON' },
    {
      line: 'npm run shardkeys -- --mongodb mongodb://127.0.0.1:27017/ams',
      does: 'watches a system under its own load',
    },
  ],
  async run(context) {
    const [scenario = 'smoke', ...more] = context.words;
    if (more.length > 0) throw usage('one scenario at most', 'npm run shardkeys -- average');
    const seconds = positive('seconds', context.options.seconds, 'seconds');
    const { mongodb } = context.options;
    if (typeof mongodb === 'string') {
      if (context.words.length > 0)
        throw usage('--mongodb watches its own load: no scenario', 'npm run shardkeys -- --help');
      return watch(mongodb, context, () => sleep(seconds * 1000, undefined, { signal: context.signal }));
    }
    const scratch = await scratchDir();
    const part = await startMongodb({ dir: scratch.dir, progress: context.progress, signal: context.signal });
    try {
      return await watch(part.url, context, () => load(scenario, part.url, context));
    } finally {
      await part.stop();
      await scratch.remove();
    }
  },
};

async function watch(url: string, { progress, signal }: Context, during: () => Promise<void>): Promise<Outcome> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: WAIT_MS, connectTimeoutMS: WAIT_MS });
  try {
    progress.step('every operation on the read models is written down');
    await startProfile(client.db());
    try {
      await during();
    } finally {
      await stopProfile(client.db());
    }
    progress.step('judging the keys');
    const keys = await judgeKeys(client.db());
    if (keys.length === 0) throw failures.nothingSeen();
    return { exitCode: EXIT.pass, data: { keys }, text: textOf(keys) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof MongoError) throw failures.unreachable(error.message);
    throw error;
  } finally {
    await client.close();
  }
}

/** The real load with its own journeys and tenants, on our MongoDB. That it missed an objective is of no interest here. */
async function load(scenario: string, mongodbUrl: string, { progress, signal }: Context): Promise<void> {
  progress.step(`load "${scenario}"`);
  const env = { ...local.installEnv, MONGODB_URL: mongodbUrl };
  const child = spawn(process.execPath, [CLI, 'load', scenario, '--json'], {
    env,
    signal,
    killSignal: 'SIGTERM',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let lines = '';
  child.stderr.on('data', (chunk) => {
    lines += chunk;
    progress.tick(String(chunk).trim().split('\n').at(-1)!.trim());
  });
  const code = await new Promise<number | string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (exit, by) => resolve(exit ?? by ?? 'unknown'));
  });
  signal.throwIfAborted();
  if (code !== EXIT.pass && code !== EXIT.objective && code !== EXIT.invalid)
    throw failures.loadFailed(scenario, code, lines);
}

function textOf(keys: KeyReport[]): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const rows = keys.map(({ collection, key, chosen, spread, targets: { one, some, all } }) => {
    const total = Math.max(1, one + some + all);
    return [
      chosen ? collection : '',
      `${chosen ? '* ' : '  '}${key}`,
      String(spread.documents),
      String(spread.values),
      percent(spread.largestShare),
      spread.variation.toFixed(2),
      String(one + some + all),
      percent(one / total),
      percent(some / total),
      percent(all / total),
    ];
  });
  const header = [
    'collection',
    'key (* chosen)',
    'documents',
    'values',
    'largest',
    'variation',
    'operations',
    'one shard',
    'a range',
    'all shards',
  ];
  const legend = [
    'values: pieces the data can have at most; largest: share that can never be divided; variation: of documents per value over their mean',
    'one shard: the whole key is named; a range: its beginning, so the shards of that range; all shards: the router must ask everybody (so does the audit after a load)',
    'an operation that names an _id is taken to know the fields it consists of',
  ];
  return [table(header, rows), '', ...legend].join('\n');
}
