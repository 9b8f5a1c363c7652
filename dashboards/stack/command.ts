// `npm run stack`: the system, Prometheus with the generated rules and Alertmanager with the generated routes, up until Ctrl-C; `status` and `down` from another terminal.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, type Context, type Outcome, usage } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';
import { table } from '../../cli/table.ts';
import { startTicks } from '../../system/local/proc.ts';
import { generatedFiles } from './generated.ts';
import { runningState } from './state.ts';
import { up } from './up.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const DOWN_MS = 60_000;

export const command: Command = {
  name: 'stack',
  summary: 'Keeps the system, Prometheus and Alertmanager up on this machine until Ctrl-C.',
  words: '<up | status | down | render>',
  options: {
    port: { type: 'string', value: 'N', help: 'port of the API', default: '8080' },
    instances: {
      type: 'string',
      value: 'N',
      help: 'of the API, behind the balancer; or by name: api=2,worker=2',
      default: '1',
    },
    green: {
      type: 'string',
      value: 'DIR',
      help: 'a checkout whose API is a second version beside the first, for npm run release',
    },
    split: { type: 'boolean', help: 'each role of the worker in a process of its own' },
    replica: { type: 'boolean', help: 'a streaming replica of PostgreSQL, for the reads that need the write model' },
    'prometheus-port': { type: 'string', value: 'N', help: 'port of Prometheus', default: '9090' },
    'alertmanager-port': { type: 'string', value: 'N', help: 'port of Alertmanager', default: '9093' },
  },
  examples: [
    {
      line: 'npm run stack -- up',
      does: 'PostgreSQL, MongoDB, Redis, API, worker, Prometheus with the generated rules; pages are told on this terminal',
    },
    { line: 'npm run stack -- up --port 8081', does: 'when 8080 is taken' },
    { line: 'npm run stack -- up --instances 2', does: 'two instances of the API behind HAProxy' },
    { line: 'npm run stack -- up --replica', does: 'and a read replica of PostgreSQL' },
    {
      line: 'npm run stack -- up --instances 2 --green ../next',
      does: 'and two of another checkout, without traffic until npm run release -- canary --to 10',
    },
    { line: 'npm run stack -- status', does: 'in another terminal: what answers, and the alerts that fire' },
    { line: 'npm run stack -- down', does: 'ends the stack of this checkout' },
    {
      line: 'npm run stack -- render',
      does: 'writes the files that docker compose mounts: Prometheus, instances of the balancer',
    },
  ],
  run(context) {
    const [word, ...more] = context.words;
    const action = { up, status, down, render }[word ?? ''];
    if (!action || more.length > 0)
      throw usage(`"stack ${context.words.join(' ')}" is not known`, 'npm run stack -- up, status, down or render');
    return action(context);
  },
};

async function status(): Promise<Outcome> {
  const state = await runningState();
  if (!state)
    return {
      exitCode: EXIT.usage,
      data: { up: false },
      text: 'no stack of this checkout runs\nnext: npm run stack -- up',
    };
  const rows = await Promise.all(
    state.endpoints.map(async ({ name, url, health }) => ({
      name,
      url,
      answers: health ? await answerOf(health) : '',
    })),
  );
  const prometheus = state.endpoints.find((one) => one.name === 'prometheus')!;
  const alerts = await firing(prometheus.url);
  const text = [
    `up since ${state.startedAt} (process ${state.pid})`,
    '',
    table(
      ['what', 'where', 'health'],
      rows.map((row) => [row.name, row.url, row.answers]),
    ),
    '',
    alerts.length === 0 ? 'no alert fires' : `alerts firing: ${alerts.join(', ')}`,
  ].join('\n');
  return { exitCode: EXIT.pass, data: { up: true, ...state, endpoints: rows, alerts }, text };
}

async function answerOf(url: string): Promise<string> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await answer.arrayBuffer();
    return answer.ok ? 'up' : `answers ${answer.status}`;
  } catch {
    return 'does not answer';
  }
}

async function firing(prometheusUrl: string): Promise<string[]> {
  const answer = await fetch(`${prometheusUrl}/api/v1/alerts`, { signal: AbortSignal.timeout(2000) }).catch(
    () => undefined,
  );
  if (!answer?.ok) return [];
  const { data } = (await answer.json()) as {
    data: { alerts: { state: string; labels: { alertname: string; notify?: string } }[] };
  };
  // What only holds others back tells nobody, here either.
  const told = data.alerts.filter(({ state, labels }) => state === 'firing' && labels.notify !== 'nobody');
  return [...new Set(told.map(({ labels }) => labels.alertname))];
}

async function down({ progress }: Context): Promise<Outcome> {
  const state = await runningState();
  if (!state) return { exitCode: EXIT.pass, data: { ended: false }, text: 'no stack of this checkout runs' };
  progress.step(`ending process ${state.pid} and what it started`);
  process.kill(state.pid, 'SIGTERM');
  const deadline = performance.now() + DOWN_MS;
  while (startTicks(state.pid) === state.startTicks) {
    if (performance.now() > deadline)
      throw new Failure(
        'stack.stuck',
        `process ${state.pid} did not end within ${DOWN_MS / 1000} s`,
        `kill -9 ${state.pid}; the next start ends what it leaves`,
        EXIT.invalid,
      );
    await sleep(100);
  }
  return { exitCode: EXIT.pass, data: { ended: true, pid: state.pid }, text: 'the stack has ended' };
}

async function render(): Promise<Outcome> {
  const files = generatedFiles();
  for (const [file, text] of Object.entries(files)) await writeFile(join(ROOT, file), text);
  const written = Object.keys(files);
  return { exitCode: EXIT.pass, data: { written }, text: written.join('\n') };
}
