// Prometheus 3 and its promtool, beside whatever version the machine has: built once from the Go module proxy.
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../../cli/progress.ts';
import { local } from './config.ts';
import { failures } from './failures.ts';
import type { Program } from './part.ts';
import { install, onPath } from './program.ts';
import { cached } from './tool-cache.ts';

const VERSION = '3.16.0';
/** The Go module numbers 3.16.0 as 0.316.0. */
const MODULE = 'github.com/prometheus/prometheus';
const MODULE_VERSION = 'v0.316.0';
const NAME = 'prometheus';
/** A build of our own knows its version only when it is told. */
const NAMED = `-X github.com/prometheus/common/version.Version=${VERSION}`;

type Name = 'prometheus' | 'promtool';

const program = (name: Name, dir: string, from: Program['from']): Program => ({
  path: join(dir, name),
  version: VERSION,
  from,
});

/** The one that was built before, or undefined: building takes minutes and is asked for. */
export function cachedPrometheus3(name: Name): Program | undefined {
  const dir = join(local.cacheDir, NAME, VERSION);
  return existsSync(join(dir, '.whole')) ? program(name, dir, 'cache') : undefined;
}

/** The cached one, or one that is built now. Throws `part.missing` where there is no Go. */
export async function findPrometheus3(name: Name, progress: Progress): Promise<Program> {
  const before = cachedPrometheus3(name);
  if (before) return before;
  progress.note(`Prometheus ${VERSION}: building it once (3 to 6 min)`);
  const since = performance.now();
  const telling = setInterval(
    () => progress.tick(`Prometheus ${VERSION}: building for ${((performance.now() - since) / 1000).toFixed(0)} s`),
    1000,
  );
  const dir = await cached(NAME, VERSION, build).finally(() => clearInterval(telling));
  return program(name, dir, 'registry');
}

/** A module of our own as for k6; service discoveries are left out, because one of their modules is refused by the proxy. */
async function build(dir: string): Promise<void> {
  const go = await onPath('go');
  if (!go)
    throw failures.partMissing(
      `Prometheus ${VERSION}`,
      'not in the tool cache, and there is no Go to build it',
      'apt-get install golang',
      'brew install go',
    );
  const lines = ['module prometheusbuild', '', 'go 1.25.0', '', `require ${MODULE} ${MODULE_VERSION}`, ''];
  await writeFile(join(dir, 'go.mod'), lines.join('\n'));
  for (const name of ['prometheus', 'promtool']) {
    const command = [go, 'build', '-tags', 'remove_all_sd', '-ldflags', NAMED, '-o', name, `${MODULE}/cmd/${name}`];
    await install(`Prometheus ${VERSION}`, command, { cwd: dir, env: { GOFLAGS: '-mod=mod' } });
  }
  for (const file of ['go.mod', 'go.sum']) await rm(join(dir, file));
}
