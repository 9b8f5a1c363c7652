// A neighbour: a process that computes in bursts until its parent is gone. Argument: seed.
import { bursts } from './neighbours.ts';

process.on('disconnect', () => process.exit(0));

const next = bursts(process.argv[2]!);
function burst(): void {
  const { busyMs, idleMs } = next();
  const until = performance.now() + busyMs;
  while (performance.now() < until);
  setTimeout(burst, idleMs);
}
burst();
