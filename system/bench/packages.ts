// The rivals made ready to start: their packages (a package of its own, with its lock) installed once into the tool cache
// and linked beside them, their TypeScript compiled, because NestJS needs decorators and Node only strips types.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { transformFile } from '@swc/core';
import { local } from '../local/config.ts';
import { failures } from '../local/failures.ts';
import { cached } from '../local/tool-cache.ts';
import type { BenchOptions } from './result.ts';

const DIR = join(import.meta.dirname, 'rivals');
const NPM_CI = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];

/** After this every rival can be started. Throws `part.install-failed` with what npm said. */
export async function rivalPackages({ progress, signal }: Pick<BenchOptions, 'progress' | 'signal'>): Promise<void> {
  const lock = await readFile(join(DIR, 'package-lock.json'));
  const key = createHash('sha256').update(lock).update(`${process.platform}-${process.arch}`).digest('hex');
  const cache = await cached('bench-rivals', key.slice(0, 16), async (dir) => {
    progress.step("installing the rivals' packages once for this machine (about a minute)");
    for (const file of ['package.json', 'package-lock.json']) await copyFile(join(DIR, file), join(dir, file));
    await promisify(execFile)('npm', NPM_CI, { cwd: dir, env: local.installEnv, signal }).catch((error) => {
      signal?.throwIfAborted();
      throw failures.installFailed('the rivals of the benchmarks', 'npm ci', `${error.stdout}${error.stderr}`);
    });
  });
  const link = join(DIR, 'node_modules');
  // A real folder is somebody's own `npm ci` and is left alone.
  if (!(await lstat(link).catch(() => undefined))?.isDirectory()) {
    await rm(link, { force: true });
    await symlink(join(cache, 'node_modules'), link);
  }
  await compile();
}

/** `src/NAME.ts` becomes `dist/NAME.cjs`: OpenTelemetry's documentation asks for CommonJS, where its hooks see every package. */
async function compile(): Promise<void> {
  await mkdir(join(DIR, 'dist'), { recursive: true });
  for (const file of await readdir(join(DIR, 'src'))) {
    const { code } = await transformFile(join(DIR, 'src', file), {
      module: { type: 'commonjs' },
      jsc: {
        target: 'es2024',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
      },
    });
    // Our own modules keep their endings; a sibling has become CommonJS.
    const linked = code.replaceAll(/require\("\.\/(\w+)\.ts"\)/g, 'require("./$1.cjs")');
    await writeFile(join(DIR, 'dist', file.replace(/\.ts$/, '.cjs')), linked);
  }
}
