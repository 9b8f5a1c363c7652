// Kills a target as a crash does (SIGKILL: nothing is finished, nothing is said), and starts it again on the same data and port.
import type { Inject } from './fault.ts';

export const kill: Inject = async (system, name) => {
  const target = system.target(name);
  target.kill('SIGKILL');
  return { end: target.restart };
};
