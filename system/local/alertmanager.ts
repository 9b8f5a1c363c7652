// Alertmanager: on PATH under its own name or Debian's, or Debian's package `prometheus-alertmanager` (which has amtool, too).
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild } from './child.ts';
import { local } from './config.ts';
import { fromPathOrDebian } from './debian.ts';
import type { Part, Program, StartOptions } from './part.ts';
import { freePort } from './ports.ts';
import { onPath } from './program.ts';

const PACKAGE = 'prometheus-alertmanager';
const MAC = 'brew install alertmanager';

export async function findAlertmanager(): Promise<Program> {
  // Its own archive and Homebrew call it `alertmanager`.
  const name = (await onPath('alertmanager')) ? 'alertmanager' : PACKAGE;
  return fromPathOrDebian(name, PACKAGE, MAC);
}

/** amtool, which checks and asks configurations. */
export const findAmtool = (): Promise<Program> => fromPathOrDebian('amtool', PACKAGE, MAC);

/** Starts one alone, without a cluster, on a configuration file; its API is at the URL. */
export async function startAlertmanager(options: StartOptions & { configFile: string }): Promise<Part> {
  const program = await findAlertmanager();
  const dir = join(options.dir, 'alertmanager');
  await mkdir(dir, { recursive: true });
  const port = await freePort(options.port, 'Alertmanager');
  const url = `http://127.0.0.1:${port}`;
  const child = await startChild({
    name: 'alertmanager',
    command: [
      program.path,
      `--config.file=${options.configFile}`,
      `--storage.path=${dir}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    cwd: dir,
    env: local.childEnv,
    logFile: join(options.dir, 'alertmanager.log'),
    ready: async () => {
      const answer = await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(1000) });
      if (!answer.ok) throw new Error(`ready answered ${answer.status}`);
    },
    signal: options.signal,
  });
  return { name: 'alertmanager', version: program.version, from: program.from, url, ...child };
}
