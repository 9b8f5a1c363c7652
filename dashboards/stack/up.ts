// `npm run stack -- up`: parts, service, balancer and what watches them started, kept until Ctrl-C, ended together.
import { existsSync } from 'node:fs';
import { rm, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Context, type Outcome, positive, usage } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';
import { table } from '../../cli/table.ts';
import type { Size } from '../../system/local/expand.ts';
import { readInstances } from '../../system/local/instances.ts';
import type { Part } from '../../system/local/part.ts';
import { type Parts, scratchDir, startParts } from '../../system/local/parts.ts';
import { freePort } from '../../system/local/ports.ts';
import { startTicks } from '../../system/local/proc.ts';
import { startReplicas } from '../../system/local/replicas.ts';
import { type Running, runHook, startService } from '../../system/local/service.ts';
import { readService, type ServiceSpec } from '../../system/local/service-spec.ts';
import { startMonitoring } from './monitoring.ts';
import { removeState, runningState, type StackState, writeState } from './state.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Starts everything and returns when it has ended. */
export async function up({ options, progress, signal }: Context): Promise<Outcome> {
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
  const alertmanagerPort = positive('alertmanager-port', options['alertmanager-port'], 'a port');
  const spec = await readService(join(ROOT, 'system', 'service.yaml'));
  const target = spec.processes.find((one) => one.target)!;
  const size = sizeOf(options, spec);
  await freePort(port, `${spec.name} ${target.name}`);
  await freePort(prometheusPort, 'Prometheus');
  await freePort(alertmanagerPort, 'Alertmanager');

  const scratch = await scratchDir();
  const stops: (() => Promise<void>)[] = [scratch.remove];
  try {
    progress.step('starting the parts');
    const names = Object.keys(spec.parts) as (keyof typeof spec.parts)[];
    const where = { dir: scratch.dir, progress, signal };
    const parts = await startParts(names, where);
    stops.unshift(parts.stop);
    const replicas = options.replica === true ? await startReplicas(spec, parts, where) : {};
    progress.step(`preparing and starting ${spec.name}`);
    const common = { checkout: ROOT, parts, signal, env: replicas };
    await runHook(spec, 'prepare', common);
    const running = await startService(spec, {
      ...common,
      dir: join(ROOT, '.run', 'logs'),
      ...size,
      ports: { [target.name]: port },
    });
    stops.unshift(running.stop);
    if (running.balancer) stops.unshift(await linkSocket(running.balancer.socket));
    progress.step('starting Prometheus with the rules of slo/rules, its probe, Alertmanager and a pager');
    const ports = { prometheus: prometheusPort, alertmanager: alertmanagerPort };
    const watchers = await startMonitoring(running, spec.health, { ...where, ports, stops });
    const state = stateOf(running, parts, watchers);
    await writeState(state);
    stops.unshift(removeState);
    progress.note(`up; logs in .run/logs\n\n${endpointsTable(state)}\n`);
    progress.note(`load it:  ${partVariables(spec, parts)} npm run load -- average --target ${running.baseUrl}`);
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

/** How many processes of what, as the options say. */
function sizeOf(options: Context['options'], spec: ServiceSpec): Size {
  const instances = readInstances(options.instances, spec.processes);
  const size = { instances, split: options.split === true };
  if (options.green === undefined) return size;
  const checkout = resolve(String(options.green));
  const target = spec.processes.find((one) => one.target)!;
  if (!existsSync(join(checkout, target.command[1]!))) {
    throw usage(
      `--green ${checkout} is no checkout: it has no ${target.command[1]}`,
      'git worktree add ../next BRANCH',
    );
  }
  return { ...size, green: { checkout, instances: instances[target.name] ?? 1, env: { BUILD_VERSION: 'green' } } };
}

/** The way to the balancer's socket for `npm run release`, which looks for it in this checkout. */
async function linkSocket(socket: string): Promise<() => Promise<void>> {
  const link = join(ROOT, '.run', 'balancer.sock');
  await rm(link, { force: true });
  await symlink(socket, link);
  return () => rm(link, { force: true });
}

/** @param watchers each answers `/-/healthy` */
function stateOf(running: Running, parts: Parts, watchers: Part[]): StackState {
  const processes = running.processes.map(({ name, port }) => ({
    name,
    url: `http://127.0.0.1:${port}`,
    health: `http://127.0.0.1:${port}/actuator/health`,
  }));
  const { balancer, baseUrl } = running;
  const balancers = balancer
    ? [
        { name: 'balancer', url: baseUrl, health: `${baseUrl}/actuator/health` },
        {
          name: 'balancer, for operators',
          url: `${balancer.operatorsUrl}/metrics`,
          health: `${balancer.operatorsUrl}/ready`,
        },
      ]
    : [];
  return {
    pid: process.pid,
    startTicks: startTicks(process.pid)!,
    startedAt: new Date().toISOString(),
    endpoints: [
      ...balancers,
      ...processes,
      ...watchers.map(({ name, url }) => ({ name, url, health: `${url}/-/healthy` })),
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
function partVariables({ parts: variables }: ServiceSpec, parts: Parts): string {
  return Object.entries(variables)
    .map(([name, variable]) => `${variable}=${parts.urls[name as keyof typeof variables]}`)
    .join(' ');
}

/** Until Ctrl-C, which is the proper end of a stack, or until a process of it dies. */
async function untilEnded(running: Running, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(1000, undefined, { signal }).catch(() => {});
    const [ended] = signal.aborted ? [] : running.ended();
    if (ended) throw new Failure('stack.process-ended', ended, 'its log is in .run/logs', EXIT.invalid);
  }
}
