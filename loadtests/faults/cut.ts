// Cuts a part off: its connections break and no new one comes about, as when a network or a firewall fails. It goes on running.
import { type Inject, linkOf } from './fault.ts';

export const cut: Inject = async (system, name) => {
  const link = linkOf(system.target(name), name);
  link.cut();
  return { end: async () => link.mend() };
};
