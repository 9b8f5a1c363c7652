// `npm run release`: shifts weights on the live balancer through its runtime socket, and shows who gets what.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, type Context, type Outcome, positive, usage } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { table } from '../../cli/table.ts';
import { back, blueGreen, canary, type Shifted } from './release.ts';
import { type LiveServer, openRuntime, type Runtime } from './runtime.ts';
import { sharesOf } from './shares.ts';
import { versionAt } from './version.ts';

/** Where `npm run stack -- up --instances 2` puts the way to its balancer. */
const SOCKET = join(import.meta.dirname, '..', '..', '.run', 'balancer.sock');
const LOOK_MS = 1000;

export const command: Command = {
  name: 'release',
  summary: 'Canary and blue-green releases on the live balancer: shifts weights between the pools blue and green.',
  words: '<status | canary | blue-green | back>',
  options: {
    to: {
      type: 'string',
      value: 'PERCENT',
      help: 'canary: share of the requests for the new version, above 0, below 100',
    },
    drain: {
      type: 'string',
      value: 'SECONDS',
      help: 'blue-green: how long the old version may need to finish',
      default: '30',
    },
    socket: {
      type: 'string',
      value: 'PATH',
      help: 'runtime socket of HAProxy, or host:port (default: that of the stack of this checkout)',
    },
  },
  examples: [
    { line: 'npm run release -- status', does: 'pools, versions, weights, and who answered in the last second' },
    { line: 'npm run release -- canary --to 10', does: 'every tenth request goes to the version that is not live' },
    {
      line: 'npm run release -- blue-green',
      does: 'all requests go there; the old version finishes what it has begun',
    },
    { line: 'npm run release -- back', does: 'ends the canary, or undoes the last blue-green release, at once' },
  ],
  async run(context) {
    const [word, ...more] = context.words;
    const action = { status, canary: startCanary, 'blue-green': swap, back: goBack }[word ?? ''];
    if (!action || more.length > 0) {
      throw usage(
        `"release ${context.words.join(' ')}" is not known`,
        'one of status, canary --to 10, blue-green, back',
      );
    }
    if (context.options.to !== undefined && word !== 'canary')
      throw usage('--to belongs to canary', 'release canary --to 10');
    return action(context, await openRuntime(String(context.options.socket ?? SOCKET)));
  },
};

async function startCanary({ options }: Context, runtime: Runtime): Promise<Outcome> {
  const percent = positive('to', options.to, 'percent');
  if (percent >= 100)
    throw usage(`--to ${percent} leaves nothing for the live version`, 'npm run release -- blue-green');
  return shiftedOutcome(
    await canary(runtime, percent / 100),
    'next: npm run release -- status, then blue-green or back',
  );
}

async function swap({ options, progress, signal }: Context, runtime: Runtime): Promise<Outcome> {
  const drainMs = positive('drain', options.drain, 'seconds') * 1000;
  progress.step('shifting everything, then waiting for the old version to finish');
  const shifted = await blueGreen(runtime, drainMs, signal);
  return shiftedOutcome(
    shifted,
    `${shifted.before} has nothing under way any more\nnext: npm run release -- status, or back`,
  );
}

const goBack = async (_: Context, runtime: Runtime): Promise<Outcome> =>
  shiftedOutcome(await back(runtime), 'next: npm run release -- status');

const percent = (share: number | undefined) => `${((share ?? 0) * 100).toFixed(1)} %`;

function shiftedOutcome(shifted: Shifted, next: string): Outcome {
  const shares = Object.entries(shifted.shares).map(([pool, share]) => `${pool} ${percent(share)}`);
  return {
    exitCode: EXIT.pass,
    data: shifted,
    text: `live: ${shifted.live}; requests by weight: ${shares.join(', ')}\n${next}`,
  };
}

async function status({ signal }: Context, runtime: Runtime): Promise<Outcome> {
  const state = await runtime.state();
  const before = await runtime.servers();
  await sleep(LOOK_MS, undefined, { signal });
  const after = await runtime.servers();
  const byWeight = sharesOf(after);
  const answered = answeredBetween(before, after);
  const versions = await Promise.all(after.map(({ address }) => versionAt(address)));
  const servers = after.map((one, index) => ({
    ...one,
    version: versions[index],
    answeredPerSecond: answered[index]!,
  }));
  const total = answered.reduce((a, b) => a + b, 0);
  const pools = [...new Set(after.map(({ pool }) => pool))].map((pool) => {
    const members = servers.filter((one) => one.pool === pool);
    const sum = members.reduce((a, one) => a + one.answeredPerSecond, 0);
    return {
      pool,
      versions: [...new Set(members.flatMap(({ version }) => version ?? []))],
      shareByWeight: byWeight[pool] ?? 0,
      shareAnswered: total === 0 ? undefined : sum / total,
      answeredPerSecond: sum,
      serverErrors: members.reduce((a, one) => a + one.serverErrors, 0),
    };
  });
  const text = [
    `live: ${state.live}, before: ${state.before}`,
    '',
    table(
      ['pool', 'version', 'by weight', 'answered', 'per second', '5xx ever'],
      pools.map((one) => [
        one.pool,
        one.versions.join(', ') || '?',
        percent(one.shareByWeight),
        one.shareAnswered === undefined ? '-' : percent(one.shareAnswered),
        one.answeredPerSecond.toFixed(0),
        `${one.serverErrors}`,
      ]),
    ),
    '',
    table(
      ['server', 'address', 'state', 'weight', 'version', 'per second', 'under way'],
      servers.map((one) => [
        one.name,
        one.address,
        one.status,
        `${one.weight}`,
        one.version ?? '?',
        one.answeredPerSecond.toFixed(0),
        `${one.current}`,
      ]),
    ),
  ].join('\n');
  return { exitCode: EXIT.pass, data: { ...state, pools, servers }, text };
}

function answeredBetween(before: LiveServer[], after: LiveServer[]): number[] {
  return after.map(({ name, answers }) => {
    const earlier = before.find((one) => one.name === name)?.answers ?? 0;
    return ((answers - earlier) * 1000) / LOOK_MS;
  });
}
