// The three moves of a release on a live balancer, over its runtime: canary, blue-green, back. No output, no command line.
import { setTimeout as sleep } from 'node:timers/promises';
import { failures } from './failures.ts';
import type { LiveServer, ReleaseState, Runtime } from './runtime.ts';
import { sharesOf, weightsFor } from './shares.ts';

export interface Shifted extends ReleaseState {
  /** Share of each pool by the weights that are set now. */
  shares: Record<string, number>;
}

const LOOK_EVERY_MS = 100;
const other = (pool: string) => (pool === 'blue' ? 'green' : 'blue');

/** Gives the pool that is not live a share (0 to 1) of the requests. */
export async function canary(runtime: Runtime, share: number): Promise<Shifted> {
  const state = await runtime.state();
  const servers = await needUp(runtime, other(state.live), state.live);
  return shift(runtime, servers, state, { [other(state.live)]: share, [state.live]: 1 - share });
}

/**
 * Gives the pool that is not live everything and waits until the old one has answered what it had begun.
 * Throws `release.not-drained` when that takes longer than `drainMs`; the traffic is shifted nevertheless.
 */
export async function blueGreen(runtime: Runtime, drainMs: number, signal: AbortSignal): Promise<Shifted> {
  const { live } = await runtime.state();
  const next = other(live);
  const servers = await needUp(runtime, next, live);
  const shifted = await shift(runtime, servers, { live: next, before: live }, { [next]: 1, [live]: 0 });
  for (let waitedMs = 0; ; waitedMs += LOOK_EVERY_MS) {
    const current = (await runtime.servers()).reduce((sum, one) => sum + (one.pool === live ? one.current : 0), 0);
    if (current === 0) return shifted;
    if (waitedMs >= drainMs) throw failures.notDrained(live, current, waitedMs);
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

/** Ends a canary, or returns to the pool that was live before the last blue-green release. At once, nothing is waited for. */
export async function back(runtime: Runtime): Promise<Shifted> {
  const { live, before } = await runtime.state();
  const isCanary = (sharesOf(await runtime.servers())[other(live)] ?? 0) > 0;
  if (!isCanary && before === 'none') throw failures.nothingToGoBackTo(live);
  const to = isCanary ? live : before;
  const servers = await needUp(runtime, to, live);
  return shift(runtime, servers, { live: to, before: isCanary ? before : 'none' }, { [to]: 1, [other(to)]: 0 });
}

async function needUp(runtime: Runtime, pool: string, live: string): Promise<LiveServer[]> {
  const servers = await runtime.servers();
  const members = servers.filter((one) => one.pool === pool);
  if (members.length === 0) throw failures.noPool(pool, live);
  if (!members.some(({ isUp }) => isUp)) {
    throw failures.poolDown(pool, members.map(({ name, status }) => `${name} ${status}`).join(', '));
  }
  return servers;
}

async function shift(
  runtime: Runtime,
  servers: LiveServer[],
  state: ReleaseState,
  shares: Record<string, number>,
): Promise<Shifted> {
  // Those that are down count too: they come back, and the share must then be what was asked for.
  const weights = weightsFor(shares, servers);
  await runtime.setWeights(servers, weights);
  await runtime.setState(state);
  return { ...state, shares: sharesOf(servers.map((one) => ({ ...one, weight: weights[one.pool] ?? 0 }))) };
}
