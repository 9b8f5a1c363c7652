// Runs one of the tools of node_modules and says how it ended; every checker also says how much it has checked.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface Checked {
  /** How many things were looked at. Zero is a failure: a check that sees nothing proves nothing. */
  count: number;
  /** What was counted: `files`, `modules`, `rules`. */
  unit: string;
  /** One line for each thing that is wrong. */
  problems: string[];
}

/** Runs a program of node_modules/.bin to its end. */
export function tool(name: string, args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(join('node_modules', '.bin', name), args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** The lines of a tool's output, as problems, when it failed. */
export function problemsOf({ code, output }: { code: number; output: string }): string[] {
  return code === 0 ? [] : output.trim().split('\n').slice(0, 60);
}
