// How busy the rest of this machine is during a run: what all processes used, less what the run itself used.
import { cpuMsOfMachine } from '../../system/local/proc.ts';
import type { Generator } from './validity.ts';

const sum = (cpuMs: Record<string, number>) => Object.values(cpuMs).reduce((total, ms) => total + ms, 0);

/**
 * Begins to watch. The function that it gives ends it: share of all cores (0 to 1) that neither the system nor the
 * generator nor this process used. Time that the host gave to other guests counts as used by others.
 * @param systemCpuMs CPU so far of the system under test, by process
 */
export function watchOthers(systemCpuMs: () => Record<string, number>): (generator: Generator) => number {
  const read = () => {
    const { user, system } = process.cpuUsage();
    return { machine: cpuMsOfMachine(), ours: sum(systemCpuMs()) + (user + system) / 1000, at: performance.now() };
  };
  const before = read();
  return (generator) => {
    const after = read();
    const ours = after.ours - before.ours + generator.cpuMs;
    const available = (after.at - before.at) * generator.cores;
    return Math.max(0, (after.machine - before.machine - ours) / available);
  };
}
