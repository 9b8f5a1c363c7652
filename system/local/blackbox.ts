// The blackbox exporter, which asks a URL from outside whenever Prometheus asks it: on PATH, or Debian's package.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild } from './child.ts';
import { local } from './config.ts';
import { fromPathOrDebian } from './debian.ts';
import type { Part, Program, StartOptions } from './part.ts';
import { freePort } from './ports.ts';
import { onPath } from './program.ts';

const PACKAGE = 'prometheus-blackbox-exporter';
const MAC = 'go install github.com/prometheus/blackbox_exporter@latest';

async function findBlackbox(): Promise<Program> {
  // Its own archive calls it `blackbox_exporter`.
  const name = (await onPath('blackbox_exporter')) ? 'blackbox_exporter' : PACKAGE;
  return fromPathOrDebian(name, PACKAGE, MAC);
}

/** Starts one with a configuration of modules; `/probe?module=…&target=…` at the URL asks the target. */
export async function startBlackbox(options: StartOptions & { config: string }): Promise<Part> {
  const program = await findBlackbox();
  const port = await freePort(options.port, 'the blackbox exporter');
  const url = `http://127.0.0.1:${port}`;
  const file = join(options.dir, 'blackbox.yml');
  await writeFile(file, options.config);
  const child = await startChild({
    name: 'blackbox exporter',
    command: [program.path, `--config.file=${file}`, `--web.listen-address=127.0.0.1:${port}`],
    cwd: options.dir,
    env: local.childEnv,
    logFile: join(options.dir, 'blackbox.log'),
    ready: async () => {
      const answer = await fetch(`${url}/-/healthy`, { signal: AbortSignal.timeout(1000) });
      if (!answer.ok) throw new Error(`healthy answered ${answer.status}`);
    },
    signal: options.signal,
  });
  return { name: 'blackbox', version: program.version, from: program.from, url, ...child };
}
