// How weights make shares: what each pool shall have in, the weight of each of its servers out, and back. Pure.

export interface Server {
  /** `blue-1`. */
  name: string;
  pool: string;
  weight: number;
  isUp: boolean;
}

/** HAProxy's largest weight. */
const LARGEST = 256;

/**
 * The weight of one server of each pool, so that the pools get the shares (0 to 1, summing to 1) round robin.
 * One server of a pool weighs share / servers. Weights are whole numbers: of all largest weights that HAProxy allows, the one
 * that comes nearest to the shares is taken. A pool that is to have something has a weight of at least 1.
 */
export function weightsFor(shares: Record<string, number>, servers: Pick<Server, 'pool'>[]): Record<string, number> {
  const each = Object.entries(shares).map(([pool, share]) => {
    const count = servers.filter((one) => one.pool === pool).length;
    return { pool, share, count, one: count === 0 ? 0 : share / count };
  });
  const heaviest = Math.max(...each.map(({ one }) => one));
  const scaledTo = (largest: number) =>
    each.map(({ one }) => (one === 0 ? 0 : Math.max(1, Math.round((one / heaviest) * largest))));
  const missBy = (weights: number[]) => {
    const total = each.reduce((sum, { count }, index) => sum + count * weights[index]!, 0);
    return Math.max(...each.map(({ share, count }, index) => Math.abs((count * weights[index]!) / total - share)));
  };
  const candidates = Array.from({ length: LARGEST }, (_, index) => scaledTo(LARGEST - index));
  const nearest = candidates.reduce((best, one) => (missBy(one) < missBy(best) - 1e-9 ? one : best));
  return Object.fromEntries(each.map(({ pool }, index) => [pool, nearest[index]!]));
}

/** The share of each pool that the weights of the servers that are up amount to. */
export function sharesOf(servers: Server[]): Record<string, number> {
  const sums: Record<string, number> = {};
  let total = 0;
  for (const { pool, weight, isUp } of servers) {
    sums[pool] ??= 0;
    if (!isUp) continue;
    sums[pool] += weight;
    total += weight;
  }
  return Object.fromEntries(Object.entries(sums).map(([pool, sum]) => [pool, total === 0 ? 0 : sum / total]));
}
