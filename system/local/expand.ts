// Which processes a service has when it is asked for in several instances: the service file in, one entry for each process out. Pure.
import type { Pool } from './balancer-config.ts';
import type { ServiceSpec } from './service-spec.ts';

export interface Size {
  /** Processes by name, instead of one each. For the target, which then stands behind the balancer, `instances` of blue. */
  instances?: Record<string, number>;
  /** A second pool of the target, from another tree or with another environment; no traffic until a release shifts it there. */
  green?: { instances: number; checkout?: string; env?: Record<string, string> };
  /** Processes that can be split run one role each. */
  split?: boolean;
}

export interface Expanded {
  /** The name in the service file, and what tells this one from its siblings: `api-blue-1`, `worker-statistics`. */
  name: string;
  of: ServiceSpec['processes'][number];
  env: Record<string, string>;
  checkout?: string;
  /** Its name for the balancer. */
  server?: { pool: Pool; name: string };
}

/** Whether a balancer stands before the target. */
export function isBalanced(spec: Pick<ServiceSpec, 'processes'>, size: Size): boolean {
  const target = spec.processes.find((one) => one.target)!;
  return (size.instances?.[target.name] ?? 1) > 1 || size.green !== undefined;
}

/** Every process to start, in the order of the service file. */
export function expand(spec: Pick<ServiceSpec, 'processes'>, size: Size): Expanded[] {
  return spec.processes.flatMap((of): Expanded[] => {
    const count = size.instances?.[of.name] ?? 1;
    if (of.target && isBalanced(spec, size)) {
      const { instances = 0, ...green } = size.green ?? {};
      return [...pool(of, 'blue', count, {}), ...pool(of, 'green', instances, green)];
    }
    const roles = size.split && of.split ? of.split : undefined;
    const kinds = roles
      ? roles.into.map((role) => ({ name: `${of.name}-${role}`, env: { [roles.by]: role } }))
      : [{ name: of.name, env: {} }];
    return kinds.flatMap(({ name, env }) =>
      numbered(name, count).map((one) => ({ name: one, of, env: { ...of.env, ...env } })),
    );
  });
}

function pool(
  of: Expanded['of'],
  name: Pool,
  count: number,
  { env = {}, checkout }: { env?: Record<string, string>; checkout?: string },
): Expanded[] {
  return Array.from({ length: count }, (_, index) => {
    const server = { pool: name, name: `${name}-${index + 1}` };
    return { name: `${of.name}-${server.name}`, of, env: { ...of.env, ...env }, server, ...(checkout && { checkout }) };
  });
}

const numbered = (name: string, count: number) =>
  count === 1 ? [name] : Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);
