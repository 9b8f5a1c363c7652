// What every fault is: done to one target of a running system, lasting until its end.

import { failures } from './failures.ts';
import type { Faulty, Target } from './faulty.ts';
import type { Link } from './link.ts';

export interface Fault {
  /** Mends what was done; what was killed is ready again when this resolves. */
  end(): Promise<void>;
}

/** Hurts the target of that name: a process of the service, `balancer` or `part:NAME`. Throws `fault.no-target`, `fault.no-link`. */
export type Inject = (system: Pick<Faulty, 'target'>, name: string) => Promise<Fault>;

/** The proxy in front of a target. */
export function linkOf(target: Target, name: string): Link {
  if (!target.link) throw failures.noLink(name);
  return target.link;
}
