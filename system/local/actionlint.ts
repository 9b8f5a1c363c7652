// actionlint, which checks workflows of GitHub Actions: on PATH, or built once from the Go module registry into the tool cache.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Progress } from '../../cli/progress.ts';
import { local } from './config.ts';
import { goBuild } from './go-build.ts';
import type { Program } from './part.ts';
import { onPath, versionOf } from './program.ts';
import { cached } from './tool-cache.ts';

const NAME = 'actionlint';
const VERSION = '1.7.12';
const MODULE = 'github.com/rhysd/actionlint';

export async function findActionlint(progress: Progress): Promise<Program> {
  const path = await onPath(NAME);
  if (path) return { path, version: await versionOf(path, ['-version']), from: 'PATH' };
  const before = existsSync(join(local.cacheDir, NAME, VERSION, '.whole'));
  if (!before) progress.note(`${NAME} ${VERSION}: building it once`);
  const program = { name: NAME, module: MODULE, package: `${MODULE}/cmd/actionlint`, version: VERSION, go: '1.24' };
  const dir = await cached(NAME, VERSION, (to) => goBuild(to, program));
  return { path: join(dir, NAME), version: VERSION, from: before ? 'cache' : 'registry' };
}
