// The pipelines of GitHub Actions, checked by actionlint: ours, and the one for the repositories of others.
import { execFile } from 'node:child_process';
import { glob } from 'node:fs/promises';
import type { Context } from '../../cli/command.ts';
import { findActionlint } from '../../system/local/actionlint.ts';
import type { Checked } from './tools.ts';

export async function workflows({ progress }: Pick<Context, 'progress'>): Promise<Checked> {
  const files = (await Array.fromAsync(glob('{.github/workflows,ci/github}/*.yml'))).sort();
  const { path } = await findActionlint(progress);
  const problems = await new Promise<string[]>((resolve) => {
    // Without shellcheck and pyflakes: it would check more on machines that happen to have them.
    const args = ['-no-color', '-oneline', '-shellcheck=', '-pyflakes=', ...files];
    execFile(path, args, (error, stdout, stderr) => {
      const lines = `${stdout}${stderr}`.trim().split('\n').filter(Boolean);
      resolve(error && lines.length === 0 ? [error.message] : lines);
    });
  });
  return { count: files.length, unit: 'files', problems };
}
