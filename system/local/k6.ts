// k6: on PATH (2.0 or newer, because scripts are TypeScript and the clock is a fraction of a ms), or built from the Go module proxy.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Progress } from '../../cli/progress.ts';
import { local } from './config.ts';
import { goBuild } from './go-build.ts';
import type { Program } from './part.ts';
import { compareVersions, onPath, versionOf } from './program.ts';
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
  const program = { name: 'k6', module: 'go.k6.io/k6/v2', package: 'go.k6.io/k6/v2', version: VERSION, go: '1.25.0' };
  const dir = await cached('k6', VERSION, (to) => goBuild(to, program)).finally(() => clearInterval(telling));
  return { path: join(dir, 'k6'), version: VERSION, from: before ? 'cache' : 'registry' };
}
