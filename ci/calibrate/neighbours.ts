// Busy neighbours on this machine: processes of our own that compute in seeded bursts, one a core, and end with us.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { seeded } from '../../loadtests/workload/random.ts';
import { NEIGHBOUR } from './defaults.ts';

/** A source of bursts, each followed by a pause; both lengths are exponential. The same seed gives the same ones. */
export function bursts(seed: string): () => { busyMs: number; idleMs: number } {
  const random = seeded(`neighbour/${seed}`);
  const exponential = (mean: number) => -mean * Math.log(1 - random());
  return () => ({ busyMs: exponential(NEIGHBOUR.busyMs), idleMs: exponential(NEIGHBOUR.idleMs) });
}

/** Starts them. The function that it gives ends them and waits. */
export function startNeighbours(seed: string, count: number = availableParallelism()): () => Promise<void> {
  const file = path.join(import.meta.dirname, 'neighbour.ts');
  const children: ChildProcess[] = Array.from({ length: count }, (_, i) =>
    fork(file, [`${seed}/${i}`], { stdio: 'ignore' }),
  );
  return async () => {
    await Promise.all(
      children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, 'exit');
        child.kill();
        await ended;
      }),
    );
  };
}
