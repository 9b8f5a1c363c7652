// Prometheus and promtool: on PATH, or Debian's package `prometheus`, which has both.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild } from './child.ts';
import { local } from './config.ts';
import { fromPathOrDebian } from './debian.ts';
import type { Part, StartOptions } from './part.ts';
import { freePort } from './ports.ts';

export const findPrometheus = (name: 'prometheus' | 'promtool') =>
  fromPathOrDebian(name, 'prometheus', 'brew install prometheus');

/** Starts a server on a configuration file; its page and API are at the URL. */
export async function startPrometheus(
  options: StartOptions & { configFile: string; flags?: readonly string[] },
): Promise<Part> {
  const program = await findPrometheus('prometheus');
  const dir = join(options.dir, 'prometheus');
  await mkdir(dir, { recursive: true });
  const port = await freePort(options.port, 'Prometheus');
  const url = `http://127.0.0.1:${port}`;
  const child = await startChild({
    name: 'prometheus',
    command: [
      program.path,
      `--config.file=${options.configFile}`,
      `--storage.tsdb.path=${dir}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=exemplar-storage',
      ...(options.flags ?? []),
    ],
    cwd: dir,
    env: local.childEnv,
    logFile: join(options.dir, 'prometheus.log'),
    ready: async () => {
      const answer = await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(1000) });
      if (!answer.ok) throw new Error(`ready answered ${answer.status}`);
    },
    signal: options.signal,
  });
  return { name: 'prometheus', version: program.version, from: program.from, url, ...child };
}
