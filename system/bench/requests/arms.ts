// The servers that the request benchmarks compare: each is started by its command with the same environment and the same parts.
import { join } from 'node:path';
import { type Child, startChild } from '../../local/child.ts';
import { local } from '../../local/config.ts';
import { freePort } from '../../local/ports.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const RIVALS = join(ROOT, 'system', 'bench', 'rivals');

export interface Arm {
  name: string;
  /** Words after `node`. */
  command: string[];
  cwd: string;
  env?: Record<string, string>;
}

export const FLOOR: Arm = { name: 'floor', command: ['system/bench/requests/floor.ts'], cwd: ROOT };
export const OURS: Arm = { name: 'ours', command: ['system/api.ts'], cwd: ROOT };
/** One request in ten is traced, by everybody who traces. */
export const SAMPLED_SHARE = 0.1;

/**
 * Traced as OpenTelemetry's documentation says for Node: its register module before anything else, settings by environment.
 * Only what the endpoint uses is instrumented, and nothing looks for a cloud to name in the traces.
 */
export const RIVAL_ARMS: Arm[] = ['fastify', 'nest'].map((name) => ({
  name,
  command: ['--require', '@opentelemetry/auto-instrumentations-node/register', `dist/${name}.cjs`],
  cwd: RIVALS,
  env: {
    OTEL_SERVICE_NAME: name,
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: String(SAMPLED_SHARE),
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http,express,nestjs-core,mongodb,pg,ioredis,pino',
    OTEL_NODE_RESOURCE_DETECTORS: 'env,host,os',
  },
}));

export interface RunningArm {
  baseUrl: string;
  pid: number;
  stop(): Promise<void>;
}

/** Starts one arm on a free port and waits until it is ready. */
export async function startArm(
  arm: Arm,
  options: { env: Record<string, string>; dir: string; signal?: AbortSignal },
): Promise<RunningArm> {
  const port = await freePort(undefined, arm.name);
  const baseUrl = `http://127.0.0.1:${port}`;
  const child: Child = await startChild({
    name: arm.name,
    command: [process.execPath, ...arm.command],
    cwd: arm.cwd,
    env: { ...local.childEnv, ...options.env, ...arm.env, PORT: String(port) },
    logFile: join(options.dir, `${arm.name}.log`),
    ready: async () => {
      const answer = await fetch(`${baseUrl}/actuator/health/readiness`, { signal: AbortSignal.timeout(1000) });
      await answer.arrayBuffer();
      if (!answer.ok) throw new Error(`readiness answered ${answer.status}`);
    },
    signal: options.signal,
  });
  return { baseUrl, pid: child.pid, stop: () => child.stop() };
}
