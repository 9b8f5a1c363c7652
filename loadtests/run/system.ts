// A system to load: started here by its service file with parts of its own, or one that runs already (--target).
// Gives where it is, the headers of each identity, its CPU and its audit; `stop` ends all that was started.
import type { Progress } from '../../cli/progress.ts';
import { type Parts, scratchDir, startParts } from '../../system/local/parts.ts';
import { startReplicas } from '../../system/local/replicas.ts';
import { type Running, runHook, type ServiceOptions, startService } from '../../system/local/service.ts';
import type { ServiceSpec } from '../../system/local/service-spec.ts';
import type { Identity } from '../workload/plan.ts';
import { fromEnvironment } from './config.ts';
import { failures } from './failures.ts';
import { forwardedBy } from './server/balance.ts';
import { readSamples } from './server/watch.ts';

export interface LoadedSystem {
  baseUrl: string;
  /** `started` by us, or a `target` that ran already. */
  kind: 'started' | 'target';
  headers(identities: Identity[]): Promise<Record<string, string>[]>;
  /** CPU so far in ms by process, empty for a target: it may be on another machine. */
  cpuMs(): Record<string, number>;
  /** Resident memory now in bytes by process, empty for a target. */
  rssBytes(): Record<string, number>;
  /** Where each process gives its metrics; empty when the service file names no path. */
  metrics: { process: string; url: string }[];
  /** Requests so far by instance of the target, as its balancer counts them; undefined without a balancer of ours. */
  forwarded(): Promise<Record<string, number> | undefined>;
  /** Version of each part that is known. */
  versions: Record<string, string>;
  /** The tree whose code runs; undefined for a target. */
  checkout?: string;
  /** Processes of ours that have ended by themselves. */
  ended(): string[];
  /** Runs the audit hook, or says why it cannot. */
  audit(stdin: string): Promise<string | undefined>;
  /** Set when the audit cannot be run: which variables are missing. */
  auditImpossible?: string;
  stop(): Promise<void>;
}

interface OpenOptions extends Pick<ServiceOptions, 'instances' | 'split' | 'env'> {
  /** The tree whose code runs. */
  checkout: string;
  /** A streaming replica beside each part that the service file has one for. */
  replica?: boolean;
  /** Where the logs of the service go. */
  dir: string;
  progress: Progress;
  signal: AbortSignal;
}

/** Starts the parts and the service on them, prepared. On any failure nothing stays running. */
export async function startSystem(spec: ServiceSpec, options: OpenOptions): Promise<LoadedSystem> {
  const { checkout, dir, progress, signal, replica = false, env, ...size } = options;
  const scratch = await scratchDir();
  let parts: Parts | undefined;
  let running: Running | undefined;
  const stop = async () => {
    await running?.stop();
    await parts?.stop();
    await scratch.remove();
  };
  try {
    progress.step('starting the parts');
    const names = Object.keys(spec.parts) as (keyof ServiceSpec['parts'])[];
    const at = { dir: scratch.dir, progress, signal };
    parts = await startParts(names, at);
    const replicas = replica ? await startReplicas(spec, parts, at) : {};
    const common = { checkout, parts, env: { ...env, ...replicas }, signal };
    progress.step(`preparing and starting ${spec.name}`);
    await runHook(spec, 'prepare', common);
    running = await startService(spec, { ...common, ...size, dir });
    const started = running;
    const where = started.processes.map((one) => `${one.name} on port ${one.port}`);
    progress.note([...where, ...(started.balancer ? [`balancer at ${started.baseUrl}`] : [])].join(', '));
    return {
      baseUrl: started.baseUrl,
      kind: 'started',
      headers: (identities) => headersOf(spec, identities, common),
      cpuMs: () => started.cpuMs(),
      rssBytes: () => started.rssBytes(),
      metrics: started.processes.flatMap(({ name, port }) =>
        spec.metrics ? [{ process: name, url: `http://127.0.0.1:${port}${spec.metrics.path}` }] : [],
      ),
      forwarded: () => forwardedSoFar(started),
      versions: versionsOf([...parts!.list, ...(started.balancer ? [started.balancer] : [])]),
      checkout,
      ended: () => started.ended(),
      audit: (stdin) => runHook(spec, 'audit', { ...common, stdin }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Takes a system that runs already. Throws `target.down` when its health path does not answer.
 * The hooks get the variables of the service file from our environment: its secrets, and for the audit the URLs of its parts.
 */
export async function openTarget(
  url: string,
  spec: ServiceSpec,
  options: Pick<OpenOptions, 'checkout' | 'signal'>,
): Promise<LoadedSystem> {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw failures.badTarget(url);
  const baseUrl = url.replace(/\/+$/, '');
  const answer = await fetch(baseUrl + spec.health, { signal: AbortSignal.timeout(5000) }).catch((error: Error) => {
    throw failures.targetDown(baseUrl, ((error.cause as Error | undefined) ?? error).message);
  });
  await answer.arrayBuffer();
  if (!answer.ok) throw failures.targetDown(baseUrl, `${spec.health} answers ${answer.status}`);

  const variables = Object.values(spec.parts);
  const env = fromEnvironment([...variables, ...Object.keys(spec.env)]);
  const unset = variables.filter((name) => env[name] === undefined);
  const common = { checkout: options.checkout, parts: { urls: {}, list: [] }, env, signal: options.signal };
  const system: LoadedSystem = {
    baseUrl,
    kind: 'target',
    headers: (identities) => headersOf(spec, identities, common),
    cpuMs: () => ({}),
    rssBytes: () => ({}),
    metrics: spec.metrics ? [{ process: 'target', url: baseUrl + spec.metrics.path }] : [],
    forwarded: async () => undefined,
    versions: {},
    ended: () => [],
    audit: (stdin) => runHook(spec, 'audit', { ...common, stdin }),
    async stop() {},
  };
  if (unset.length === 0) return system;
  return { ...system, auditImpossible: `the audit reads the parts of the target: set ${unset.join(', ')}` };
}

const versionsOf = (parts: readonly { name: string; version: string }[]) =>
  Object.fromEntries(parts.map(({ name, version }) => [name, version]));

/** Never throws: a balancer that does not answer has counted nothing that we know of. */
async function forwardedSoFar({ balancer, processes }: Running): Promise<Record<string, number> | undefined> {
  if (!balancer) return undefined;
  const servers = processes.flatMap(({ server }) => (server?.pool === 'blue' ? [server.name] : []));
  const answer = await fetch(`${balancer.operatorsUrl}/metrics`, { signal: AbortSignal.timeout(5000) }).catch(() => {});
  return answer?.ok ? forwardedBy(readSamples(await answer.text()), servers) : undefined;
}

/** Headers of each identity by the identities hook; none for a service without that hook. */
export async function headersOf(
  spec: ServiceSpec,
  identities: Identity[],
  options: Parameters<typeof runHook>[2],
): Promise<Record<string, string>[]> {
  const out = await runHook(spec, 'identities', { ...options, stdin: JSON.stringify(identities) });
  if (out === undefined) return identities.map(() => ({}));
  let headers: unknown;
  try {
    headers = JSON.parse(out);
  } catch {
    throw failures.identities(identities.length, `"${out.slice(0, 80)}"`);
  }
  if (!Array.isArray(headers) || headers.length !== identities.length) {
    throw failures.identities(identities.length, Array.isArray(headers) ? `${headers.length}` : typeof headers);
  }
  return headers;
}
