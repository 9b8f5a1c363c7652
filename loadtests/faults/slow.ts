// Makes a part slow: every byte to and from it comes later, so that each call takes twice as much longer.
import { type Inject, linkOf } from './fault.ts';

/** @param delayMs in each direction */
export const slow =
  (delayMs: number): Inject =>
  async (system, name) => {
    const link = linkOf(system.target(name), name);
    link.delay(delayMs);
    return { end: async () => link.delay(0) };
  };
