// The part of the balancer's configuration that depends on which instances there are: they in, text of instances.cfg and the maps out. Pure.

export const POOLS = ['blue', 'green'] as const;
export type Pool = (typeof POOLS)[number];

export interface Instance {
  /** `blue-1`: the pool and a number. */
  name: string;
  /** `127.0.0.1:4711` or, in compose, `api-1:8080`. */
  address: string;
}

export interface Balanced {
  /** What a release shifts between. Blue has all the traffic at first. */
  pools: Partial<Record<Pool, Instance[]>>;
  /** Instances for chosen tenants alone, by the name of their pool. */
  dedicated?: Record<string, Instance[]>;
  /** Which tenant goes to which dedicated pool; everybody else to blue and green. */
  tenants?: Record<string, string>;
}

/** Share of one instance among equal ones. HAProxy's weights end at 256. */
export const FULL_WEIGHT = 100;

/** The backends that system/deploy/haproxy.cfg sends to. */
export function instancesConfig({ pools, dedicated = {} }: Balanced): string {
  const weighted = POOLS.flatMap((pool) =>
    (pools[pool] ?? []).map(
      ({ name, address }) => `  server ${name} ${address} weight ${pool === 'blue' ? FULL_WEIGHT : 0}`,
    ),
  );
  const backends = [
    ['backend api from checked', ...weighted],
    ['backend any from ams', ...weighted],
    ...Object.entries(dedicated).map(([pool, instances]) => [
      `backend ${pool} from checked`,
      ...instances.map(({ name, address }) => `  server ${name} ${address} weight ${FULL_WEIGHT}`),
    ]),
  ];
  return `${backends.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** What compose mounts: the names of its services as hosts. */
export const COMPOSE_BALANCED: Balanced = {
  pools: {
    blue: [
      { name: 'blue-1', address: 'api-1:8080' },
      { name: 'blue-2', address: 'api-2:8080' },
    ],
  },
};

/** The files of the folder that the balancer is given, by name. */
export function balancerFiles(balanced: Balanced): Record<string, string> {
  return {
    'instances.cfg': instancesConfig(balanced),
    'tenants.map': tenantsMap(balanced),
    'release.map': RELEASE_MAP,
  };
}

/** Lines `tenant pool`. */
export const tenantsMap = ({ tenants = {} }: Pick<Balanced, 'tenants'>): string =>
  Object.entries(tenants)
    .map(([tenant, pool]) => `${tenant} ${pool}\n`)
    .join('');

/** Which pool is live, and to which one `back` would return. */
const RELEASE_MAP = 'live blue\nbefore none\n';
