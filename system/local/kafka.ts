// Kafka in one process (broker and controller): its jars from Maven Central into the tool cache, run by the Java of this machine (17 or newer).
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startChild } from './child.ts';
import { local } from './config.ts';
import { failures } from './failures.ts';
import type { Part, StartOptions } from './part.ts';
import { freePort } from './ports.ts';
import { compareVersions, install, onPath, versionOf } from './program.ts';
import { cached } from './tool-cache.ts';

const VERSION = '4.4.0';
const OLDEST_JAVA = '17';

/**
 * Starts a broker. On a folder that has data it goes on with them, on the same ports if those are given.
 * @param options.advertisedPort where its clients are told to come, when something stands before it
 */
export async function startKafka(
  options: StartOptions & { controllerPort?: number; advertisedPort?: number },
): Promise<Part> {
  const java = await findJava();
  const before = existsSync(join(local.cacheDir, 'kafka', VERSION, '.whole'));
  if (!before) options.progress.note(`Kafka ${VERSION}: getting its jars once (10 s, 45 MB)`);
  const jars = join(await cached('kafka', VERSION, getJars), 'libs', '*');
  const dir = join(options.dir, 'kafka');
  await mkdir(dir, { recursive: true });
  const port = await freePort(options.port, 'Kafka');
  const controllerPort = await freePort(options.controllerPort, 'Kafka controller');
  const properties = join(dir, 'server.properties');
  await writeFile(properties, settings(dir, port, controllerPort, options.advertisedPort ?? port));
  if (!existsSync(join(dir, 'data'))) {
    // A leading hyphen would be taken for another option: one start in 64 failed.
    const id = randomBytes(16).toString('base64url').replace(/^-/, 'A');
    const words = ['-cp', jars, 'kafka.tools.StorageTool', 'format', '-t', id, '-c', properties];
    await promisify(execFile)(java, words, { env: local.childEnv });
  }
  const child = await startChild({
    name: 'kafka',
    command: [
      java,
      '-Xmx512m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      '-Djava.net.preferIPv4Stack=true',
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
      '-cp',
      jars,
      'kafka.Kafka',
      properties,
    ],
    cwd: dir,
    env: local.childEnv,
    logFile: join(options.dir, 'kafka.log'),
    ready: () => pingKafka(`127.0.0.1:${port}`),
    signal: options.signal,
  });
  return { name: 'kafka', version: VERSION, from: before ? 'cache' : 'registry', url: `127.0.0.1:${port}`, ...child };
}

async function findJava(): Promise<string> {
  const java = await onPath('java');
  if (java && compareVersions(await versionOf(java), OLDEST_JAVA) >= 0) return java;
  const tried = java ? `Java on PATH is older than ${OLDEST_JAVA}` : 'there is no Java on PATH to run it';
  throw failures.partMissing('Kafka', tried, 'apt-get install openjdk-17-jre-headless', 'brew install openjdk@17');
}

async function getJars(dir: string): Promise<void> {
  const maven = await onPath('mvn');
  if (!maven) {
    const tried = 'its jars are not in the tool cache, and there is no Maven to get them';
    throw failures.partMissing('Kafka', tried, 'apt-get install maven', 'brew install maven');
  }
  await writeFile(join(dir, 'pom.xml'), POM);
  const words = ['-B', '-q', `-Dmaven.repo.local=${join(dir, 'm2')}`, 'dependency:copy-dependencies'];
  await install('Kafka', [maven, ...words, '-DincludeScope=runtime', '-DoutputDirectory=libs'], { cwd: dir });
  await rm(join(dir, 'm2'), { recursive: true, force: true });
}

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>ams-perf</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${VERSION}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`;

function settings(dir: string, port: number, controllerPort: number, advertisedPort: number): string {
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${advertisedPort}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': join(dir, 'data'),
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** Resolves when something takes connections at `host:port`: Kafka does so when it is ready. */
export function pingKafka(brokers: string): Promise<void> {
  const [host, port] = brokers.split(',')[0]!.split(':');
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port: Number(port), timeout: 1000 });
    socket.on('connect', () => resolve(void socket.destroy()));
    socket.on('timeout', () => socket.destroy(new Error('no answer within 1 s')));
    socket.on('error', reject);
  });
}
