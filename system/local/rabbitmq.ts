// RabbitMQ: rabbitmq-server of the system, or Debian's package, run as a child of ours without the daemons that it usually brings along.
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { startChild } from './child.ts';
import { local } from './config.ts';
import { fromPathOrDebian } from './debian.ts';
import type { Part, Program, StartOptions } from './part.ts';
import { freePort } from './ports.ts';

/** Debian's /usr/sbin/rabbitmq-server changes user and folder; this is what it runs. Elsewhere the program on PATH is the plain one. */
const DEBIAN_SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server';

async function findRabbitmq(): Promise<Program> {
  const program = await fromPathOrDebian('rabbitmq-server', 'rabbitmq-server', 'brew install rabbitmq', null);
  return existsSync(DEBIAN_SERVER) ? { ...program, path: DEBIAN_SERVER } : program;
}

/** Starts a broker of one node. On a folder that has data it goes on with them. */
export async function startRabbitmq(options: StartOptions): Promise<Part> {
  const program = await findRabbitmq();
  const dir = join(options.dir, 'rabbitmq');
  for (const sub of ['home', 'conf', 'data', 'log']) await mkdir(join(dir, sub), { recursive: true });
  const port = await freePort(options.port, 'RabbitMQ');
  const [distPort, epmdPort] = [await freePort(), await freePort()];
  const url = `amqp://guest:guest@127.0.0.1:${port}`;
  await writeFile(join(dir, 'conf', 'env.conf'), '');
  await writeFile(join(dir, 'conf', 'enabled_plugins'), '[].\n');
  await writeFile(join(dir, 'conf', 'rabbitmq.conf'), settings(port));
  const child = await startChild({
    name: 'rabbitmq',
    command: [program.path],
    cwd: dir,
    env: environment(dir, port, distPort, epmdPort),
    logFile: join(options.dir, 'rabbitmq.log'),
    ready: () => pingRabbitmq(url),
    signal: options.signal,
  });
  return { name: 'rabbitmq', version: await versionOf(url), from: program.from, url, ...child };
}

function settings(port: number): string {
  return [
    `listeners.tcp.1 = 127.0.0.1:${port}`,
    'disk_free_limit.absolute = 50MB',
    'vm_memory_high_watermark.absolute = 512MB',
    'log.console = true',
    'log.file = false',
    '',
  ].join('\n');
}

/**
 * One listening socket and no epmd, which would outlive us. The name of the node is part of its data's path, so it does not change with
 * the port. RUNNING_UNDER_SYSTEMD makes the script become the server instead of its parent.
 */
function environment(dir: string, port: number, distPort: number, epmdPort: number): Record<string, string> {
  return {
    PATH: local.childEnv.PATH ?? '',
    HOME: join(dir, 'home'),
    LANG: 'C.UTF-8',
    RUNNING_UNDER_SYSTEMD: 'true',
    RABBITMQ_CONF_ENV_FILE: join(dir, 'conf', 'env.conf'),
    RABBITMQ_CONFIG_FILE: join(dir, 'conf', 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(dir, 'conf', 'advanced.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(dir, 'conf', 'enabled_plugins'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(dir, 'conf', 'generated'),
    RABBITMQ_SCHEMA_DIR: join(dir, 'conf', 'schema'),
    RABBITMQ_MNESIA_BASE: join(dir, 'data'),
    RABBITMQ_LOG_BASE: join(dir, 'log'),
    RABBITMQ_PID_FILE: join(dir, 'pid'),
    RABBITMQ_NODENAME: 'broker@localhost',
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(epmdPort),
    ERL_CRASH_DUMP_SECONDS: '0',
    ERL_ZFLAGS: `-kernel inet_dist_use_interface {127,0,0,1} -start_epmd false -dist_listen false -erl_epmd_port ${distPort}`,
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-sname broker@localhost',
  };
}

/** Resolves when a broker takes connections. */
export async function pingRabbitmq(url: string): Promise<void> {
  const connection = await connect(url, { timeout: 1000 });
  // Without a listener a broker that goes away at this moment would end this process.
  connection.on('error', () => {});
  await connection.close();
}

async function versionOf(url: string): Promise<string> {
  const connection = await connect(url, { timeout: 1000 });
  connection.on('error', () => {});
  const { version } = connection.connection.serverProperties;
  await connection.close();
  return version;
}
