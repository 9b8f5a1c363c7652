// npm run gate: is head slower than base? Options in; verdict, table and reports out.
import path from 'node:path';
import type { Command, Context, Outcome } from '../../cli/command.ts';
import { readService } from '../../system/local/service-spec.ts';
import { asFailure } from './failures.ts';
import { gate } from './gate.ts';
import { OPTIONS, readOptions } from './options.ts';
import { terminalReport } from './report/terminal.ts';
import { clearReports, partialFile, writeReports } from './write-reports.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');

export const command: Command = {
  name: 'gate',
  summary:
    'Says whether head (the working tree) is slower than the build it replaces, on the real system under real load.',
  options: OPTIONS,
  examples: [
    { line: 'npm run gate', does: 'against the merge base with the default branch, or the previous commit' },
    { line: 'npm run gate -- --smoke', does: 'head against the objectives only, within 90 s on a warm machine' },
    {
      line: 'npm run gate -- --counters',
      does: 'only what is counted: one more query in a step is found in under a minute',
    },
    { line: 'npm run gate -- --self', does: 'head against itself: how this machine judges equal builds' },
    { line: 'npm run gate -- --base HEAD --plant delay:20ms', does: 'try the gate: head is slowed down from outside' },
    {
      line: 'npm run gate -- --base v1.2.0 --tolerance 5% --pairs 32 --minutes 20',
      does: 'a finer question takes more pairs',
    },
  ],
  run,
};

async function run(context: Context): Promise<Outcome> {
  const options = readOptions(context);
  const spec = await readService(path.resolve(ROOT, options.service));
  const outDir = path.resolve(options.out ?? path.join(ROOT, 'reports', 'gate'));
  await clearReports(outDir);
  try {
    const result = await gate(spec, options, { outDir, progress: context.progress, signal: context.signal });
    const page = await writeReports(outDir, result);
    return { exitCode: result.exitCode, data: result, text: terminalReport(result, shown(page)) };
  } catch (error) {
    const partial = await partialFile(outDir);
    if (context.signal.aborted)
      context.progress.note(partial ? `pairs so far: ${shown(partial)}` : 'no pair was finished');
    throw context.signal.aborted ? error : asFailure(error, context.progress.note);
  }
}

const shown = (file: string) => path.relative(process.cwd(), file) || '.';
