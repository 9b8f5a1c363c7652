// Stalls a target (SIGSTOP): its connections stay open and nobody answers, as in a long pause of a virtual machine.
import type { Inject } from './fault.ts';

export const stall: Inject = async (system, name) => {
  const target = system.target(name);
  target.kill('SIGSTOP');
  return { end: async () => target.kill('SIGCONT') };
};
