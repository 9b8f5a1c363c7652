// Builds a Go program of a given version into a folder.
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failures } from './failures.ts';
import { install, onPath } from './program.ts';

export interface GoProgram {
  /** Name of the program, and of its file in the folder. */
  name: string;
  /** What to build, as in `go.k6.io/k6/v2`, and the module it belongs to. */
  package: string;
  module: string;
  version: string;
  /** Oldest Go that it builds with; a newer one than the machine's is fetched by Go itself. */
  go: string;
}

/**
 * A three-line module of our own: `go install` would ask the vanity host, which a machine behind a module proxy cannot reach.
 * Throws `part.missing` without Go, `part.install-failed` when the build fails.
 */
export async function goBuild(dir: string, program: GoProgram): Promise<void> {
  const { name, module, version } = program;
  const go = await onPath('go');
  if (!go)
    throw failures.partMissing(
      name,
      'not on PATH, or too old, and there is no Go to build it',
      `apt-get install golang, or the ${name} package`,
      `brew install ${name}`,
    );
  await writeFile(join(dir, 'go.mod'), `module build\n\ngo ${program.go}\n\nrequire ${module} v${version}\n`);
  await install(name, [go, 'build', '-o', name, program.package], { cwd: dir, env: { GOFLAGS: '-mod=mod' } });
  for (const file of ['go.mod', 'go.sum']) await rm(join(dir, file));
}
