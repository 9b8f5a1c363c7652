// HAProxy: on PATH, or Debian's package. Started before instances that are there already.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Balanced, balancerFiles } from './balancer-config.ts';
import { startChild } from './child.ts';
import { local } from './config.ts';
import { fromPathOrDebian } from './debian.ts';
import { failures } from './failures.ts';
import type { Part, StartOptions } from './part.ts';
import { scratchDir } from './parts.ts';
import { freePort } from './ports.ts';

export interface Balancer extends Part {
  /** Where weights are shifted: a path for `npm run release -- … --socket`. */
  socket: string;
  /** For operators, not for users: `/metrics`, `/release`. */
  operatorsUrl: string;
}

export interface Balancing {
  /** system/deploy/haproxy.cfg, or another one that understands the same environment. */
  configFile: string;
  balanced: Balanced;
}

const findHaproxy = () => fromPathOrDebian('haproxy', 'haproxy', 'brew install haproxy', ['-v']);

/** Starts a balancer that answers; `dir` takes its log. Throws `balancer.malformed` with what HAProxy says of its configuration. */
export async function startHaproxy(options: Omit<StartOptions, 'progress'> & Balancing): Promise<Balancer> {
  const program = await findHaproxy();
  // A folder of its own: the path of a socket may have about a hundred characters.
  const scratch = await scratchDir();
  try {
    const [port, operatorsPort] = [await freePort(options.port, 'HAProxy'), await freePort()];
    const operatorsUrl = `http://127.0.0.1:${operatorsPort}`;
    const setUp = await prepare(options, scratch.dir, { port, operatorsPort });
    const alerts = (await complaintsOf(program.path, setUp)).filter((line) => line.includes('ALERT'));
    if (alerts.length > 0) throw failures.badBalancer(options.configFile, alerts.join('\n'));
    const child = await startChild({
      name: 'haproxy',
      command: [program.path, '-db', ...setUp.args],
      cwd: scratch.dir,
      env: setUp.env,
      logFile: join(options.dir, 'balancer.log'),
      ready: async () => {
        const answer = await fetch(`${operatorsUrl}/ready`, { signal: AbortSignal.timeout(1000) });
        await answer.arrayBuffer();
      },
      signal: options.signal,
    });
    const { version, from } = program;
    const url = `http://127.0.0.1:${port}`;
    const socket = setUp.env.BALANCER_SOCKET!;
    return {
      name: 'haproxy',
      version,
      from,
      url,
      operatorsUrl,
      socket,
      ...child,
      stop: () => child.stop().then(scratch.remove),
    };
  } catch (error) {
    await scratch.remove();
    throw error;
  }
}

/** What HAProxy itself says against a configuration, warnings included. Starts nothing. */
export async function balancerComplaints(balancing: Balancing): Promise<string[]> {
  const { path } = await findHaproxy();
  const scratch = await scratchDir();
  try {
    return await complaintsOf(path, await prepare(balancing, scratch.dir, { port: 1, operatorsPort: 2 }));
  } finally {
    await scratch.remove();
  }
}

interface SetUp {
  args: string[];
  env: Record<string, string>;
}

async function prepare(
  { configFile, balanced }: Balancing,
  dir: string,
  { port, operatorsPort }: { port: number; operatorsPort: number },
): Promise<SetUp> {
  for (const [name, text] of Object.entries(balancerFiles(balanced))) await writeFile(join(dir, name), text);
  const env = {
    ...local.childEnv,
    BALANCER_BIND: `127.0.0.1:${port}`,
    BALANCER_STATS: `127.0.0.1:${operatorsPort}`,
    BALANCER_SOCKET: join(dir, 'runtime.sock'),
    BALANCER_DIR: dir,
  };
  return { args: ['-f', configFile, '-f', join(dir, 'instances.cfg')], env };
}

async function complaintsOf(program: string, { args, env }: SetUp): Promise<string[]> {
  const said = await promisify(execFile)(program, ['-c', ...args], { env }).then(
    ({ stderr }) => stderr,
    (error: Error & { stderr?: string }) => error.stderr || `[ALERT] ${error.message}`,
  );
  return said.split('\n').filter((line) => /\[(WARNING|ALERT)\]/.test(line));
}
