// Starts the truth server as a process of its own, so that its spinning does not slow the generator under test.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { cpuMsOfMachine, cpuMsOfTrees } from '../../system/local/proc.ts';

export interface Truth {
  durationsMs: number[];
  /** Epoch ms; 0 when it never stalled. */
  stallAtMs: number;
  /** Epoch ms at which the answers had left, in their order. */
  endsMs: number[];
  /** Only of a queue, in the order of arrival: when, by the clock of the server, and the drawn service times. */
  arrivalsMs: number[];
  servicesMs: number[];
}

export interface TruthServer {
  baseUrl: string;
  process: ChildProcess;
  truth(): Promise<Truth>;
  stop(): Promise<void>;
}

export async function startTruthServer(
  mode: 'fixed' | 'stall' | 'failing' | `queue:${number}:${number}`,
): Promise<TruthServer> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, 'truth-server.ts'), mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  const baseUrl = `http://127.0.0.1:${String(line).trim()}`;
  return {
    baseUrl,
    process: child,
    truth: async () => (await fetch(`${baseUrl}/truth`)).json() as Promise<Truth>,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** The exact order statistic at rank ceil(q n). */
export function exactQuantile(values: number[], q: number): number {
  return values.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(q * values.length - 1e-9) - 1)]!;
}

/** Of all cores: with less than this taken by neighbours, a wrong time is our own. */
const QUIET_SHARE = 0.05;

/**
 * Begins to watch; the function that it gives says whether the machine was quiet since: then times are ours to answer for.
 * Ours are this process and all that it started, living or ended.
 */
export function watchNeighbours(): () => boolean {
  const others = () => cpuMsOfMachine() - cpuMsOfTrees([process.pid]).get(process.pid)!;
  const [before, startedMs] = [others(), performance.now()];
  return () => others() - before < QUIET_SHARE * availableParallelism() * (performance.now() - startedMs);
}
