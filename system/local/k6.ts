// k6: on PATH (2.0 or newer, because scripts are TypeScript and the clock is a fraction of a ms), or built from the Go module proxy.
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../../cli/progress.ts';
import { local } from './config.ts';
import { failures } from './failures.ts';
import type { Program } from './part.ts';
import { compareVersions, install, onPath, versionOf } from './program.ts';
import { cached } from './tool-cache.ts';

const VERSION = '2.2.0';
const OLDEST = '2.0';

export async function findK6(progress: Progress): Promise<Program> {
  const path = await onPath('k6');
  if (path) {
    const version = await versionOf(path, ['version']);
    if (compareVersions(version, OLDEST) >= 0) return { path, version, from: 'PATH' };
  }
  const before = existsSync(join(local.cacheDir, 'k6', VERSION, '.whole'));
  if (!before) progress.note(`k6 ${VERSION}: building it once (1 to 2 min)`);
  const since = performance.now();
  const telling = setInterval(
    () => progress.tick(`k6 ${VERSION}: building for ${((performance.now() - since) / 1000).toFixed(0)} s`),
    1000,
  );
  const dir = await cached('k6', VERSION, build).finally(() => clearInterval(telling));
  return { path: join(dir, 'k6'), version: VERSION, from: before ? 'cache' : 'registry' };
}

/** A three-line module of our own: `go install` would ask the vanity host, which a machine behind a module proxy cannot reach. */
async function build(dir: string): Promise<void> {
  const go = await onPath('go');
  if (!go)
    throw failures.partMissing(
      'k6',
      `not on PATH in version ${OLDEST} or newer, and there is no Go to build it`,
      'apt-get install golang, or the k6 package',
      'brew install k6',
    );
  await writeFile(join(dir, 'go.mod'), `module k6build\n\ngo 1.25.0\n\nrequire go.k6.io/k6/v2 v${VERSION}\n`);
  await install('k6', [go, 'build', '-o', 'k6', 'go.k6.io/k6/v2'], { cwd: dir, env: { GOFLAGS: '-mod=mod' } });
  for (const file of ['go.mod', 'go.sum']) await rm(join(dir, file));
}
