// `npm run stack`: the system and a native Prometheus with the generated rules, up until Ctrl-C; `status` and `down` from another terminal.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, type Context, type Outcome, positive, usage } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';
import { table } from '../../cli/table.ts';
import { type Parts, scratchDir, startParts } from '../../system/local/parts.ts';
import { freePort } from '../../system/local/ports.ts';
import { startTicks } from '../../system/local/proc.ts';
import { startPrometheus } from '../../system/local/prometheus.ts';
import { type Running, runHook, startService } from '../../system/local/service.ts';
import { readService } from '../../system/local/service-spec.ts';
import { COMPOSE_PROMETHEUS, prometheusConfig } from './prometheus.ts';
import { removeState, runningState, type StackState, writeState } from './state.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const DOWN_MS = 60_000;

export const command: Command = {
  name: 'stack',
  summary: 'Keeps the system and Prometheus up on this machine until Ctrl-C.',
  words: '<up | status | down | render>',
  options: {
    port: { type: 'string', value: 'N', help: 'port of the API', default: '8080' },
    'prometheus-port': { type: 'string', value: 'N', help: 'port of Prometheus', default: '9090' },
  },
  examples: [
    {
      line: 'npm run stack -- up',
      does: 'PostgreSQL, MongoDB, Redis, API, worker and Prometheus with the generated rules',
    },
    { line: 'npm run stack -- up --port 8081', does: 'when 8080 is taken' },
    { line: 'npm run stack -- status', does: 'in another terminal: what answers, and the alerts that fire' },
    { line: 'npm run stack -- down', does: 'ends the stack of this checkout' },
    { line: 'npm run stack -- render', does: 'writes dashboards/stack/prometheus.yml for docker compose' },
  ],
  run(context) {
    const [word, ...more] = context.words;
    const action = { up, status, down, render }[word ?? ''];
    if (!action || more.length > 0)
      throw usage(`"stack ${context.words.join(' ')}" is not known`, 'npm run stack -- up, status, down or render');
    return action(context);
  },
};

async function up({ options, progress, signal }: Context): Promise<Outcome> {
  const earlier = await runningState();
  if (earlier) {
    throw new Failure(
      'stack.up',
      `this checkout's stack runs already (process ${earlier.pid})`,
      'npm run stack -- status, or down',
      EXIT.usage,
    );
  }
  const port = positive('port', options.port, 'a port');
  const prometheusPort = positive('prometheus-port', options['prometheus-port'], 'a port');
  const spec = await readService(join(ROOT, 'system', 'service.yaml'));
  const target = spec.processes.find((one) => one.target)!;
  await freePort(port, `${spec.name} ${target.name}`);
  await freePort(prometheusPort, 'Prometheus');

  const scratch = await scratchDir();
  const stops: (() => Promise<void>)[] = [scratch.remove];
  try {
    progress.step('starting the parts');
    const names = Object.keys(spec.parts) as (keyof typeof spec.parts)[];
    const parts = await startParts(names, { dir: scratch.dir, progress, signal });
    stops.unshift(parts.stop);
    progress.step(`preparing and starting ${spec.name}`);
    const common = { checkout: ROOT, parts, signal };
    await runHook(spec, 'prepare', common);
    const running = await startService(spec, {
      ...common,
      dir: join(ROOT, '.run', 'logs'),
      ports: { [target.name]: port },
    });
    stops.unshift(running.stop);
    progress.step('starting Prometheus with the rules of slo/rules');
    const prometheus = await startPrometheus({
      dir: scratch.dir,
      progress,
      signal,
      port: prometheusPort,
      configFile: await writeConfig(scratch.dir, running),
    });
    stops.unshift(prometheus.stop);
    const state = stateOf(running, parts, prometheus.url);
    await writeState(state);
    stops.unshift(removeState);
    progress.note(`up; logs in .run/logs\n\n${endpointsTable(state)}\n`);
    progress.note(`load it:  ${partVariables(spec.parts, parts)} npm run load -- average --target ${running.baseUrl}`);
    progress.note('Ctrl-C ends it');
    await untilEnded(running, signal);
    return {
      exitCode: EXIT.pass,
      data: { endpoints: state.endpoints },
      text: 'the stack has ended, nothing stays running',
    };
  } finally {
    if (signal.aborted) progress.step('ending the stack');
    for (const stop of stops) await stop();
  }
}

async function writeConfig(dir: string, running: Running): Promise<string> {
  const file = join(dir, 'prometheus.yml');
  await mkdir(dir, { recursive: true });
  const targets = Object.fromEntries(running.processes.map((one) => [one.name, [`127.0.0.1:${one.port}`]]));
  await writeFile(file, prometheusConfig({ targets, ruleFiles: [join(ROOT, 'slo', 'rules', 'ams.rules.yaml')] }));
  return file;
}

function stateOf(running: Running, parts: Parts, prometheusUrl: string): StackState {
  const processes = running.processes.map(({ name, port }) => ({
    name,
    url: `http://127.0.0.1:${port}`,
    health: `http://127.0.0.1:${port}/actuator/health`,
  }));
  return {
    pid: process.pid,
    startTicks: startTicks(process.pid)!,
    startedAt: new Date().toISOString(),
    endpoints: [
      ...processes,
      { name: 'prometheus', url: prometheusUrl, health: `${prometheusUrl}/-/ready` },
      ...parts.list.map(({ name, url }) => ({ name, url })),
    ],
  };
}

const endpointsTable = (state: StackState) =>
  table(
    ['what', 'where'],
    state.endpoints.map(({ name, url }) => [name, url]),
  );

/** The variables that let a load run from another terminal audit the databases. */
function partVariables(variables: Record<string, string>, parts: Parts): string {
  return parts.list.map((part) => `${variables[part.name]}=${part.url}`).join(' ');
}

/** Until Ctrl-C, which is the proper end of a stack, or until a process of it dies. */
async function untilEnded(running: Running, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(1000, undefined, { signal }).catch(() => {});
    const [ended] = signal.aborted ? [] : running.ended();
    if (ended) throw new Failure('stack.process-ended', ended, 'its log is in .run/logs', EXIT.invalid);
  }
}

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
  const { data } = (await answer.json()) as { data: { alerts: { state: string; labels: { alertname: string } }[] } };
  return data.alerts.filter((alert) => alert.state === 'firing').map((alert) => alert.labels.alertname);
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
  const file = join(import.meta.dirname, 'prometheus.yml');
  await writeFile(file, prometheusConfig(COMPOSE_PROMETHEUS));
  return {
    exitCode: EXIT.pass,
    data: { written: ['dashboards/stack/prometheus.yml'] },
    text: 'dashboards/stack/prometheus.yml',
  };
}
