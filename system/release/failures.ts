// Everything a release can refuse, with what to do about it.
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';

export const failures = {
  noBalancer: (where: string, why: string) =>
    new Failure(
      'release.no-balancer',
      `no balancer answers at ${where}: ${why}`,
      'npm run stack -- up --instances 2 starts one; --socket names another',
      EXIT.usage,
    ),
  notOurs: (where: string) =>
    new Failure(
      'release.other-balancer',
      `the HAProxy at ${where} does not run system/deploy/haproxy.cfg: it has no backend "api" or no release.map`,
      'name the socket of the balancer of AMS by --socket',
      EXIT.usage,
    ),
  refused: (command: string, said: string) =>
    new Failure('release.refused', `HAProxy refused "${command}": ${said}`, 'look at its log', EXIT.invalid),
  noPool: (pool: string, live: string) =>
    new Failure(
      'release.no-pool',
      `there is no instance in pool ${pool}: ${live} is all there is`,
      'npm run stack -- up --instances 2 --green DIR starts a second version beside the first',
      EXIT.usage,
    ),
  poolDown: (pool: string, states: string) =>
    new Failure(
      'release.pool-down',
      `no instance of pool ${pool} is up (${states}): nothing was shifted`,
      'mend it first; its health check must answer twice in a row',
      EXIT.usage,
    ),
  nothingToGoBackTo: (live: string) =>
    new Failure(
      'release.nothing-before',
      `there is no release to go back from: ${live} has all the traffic and had it before`,
      'npm run release -- status',
      EXIT.usage,
    ),
  notDrained: (pool: string, current: number, waitedMs: number) =>
    new Failure(
      'release.not-drained',
      `pool ${pool} gets no new requests, but ${current} are still under way after ${waitedMs / 1000} s`,
      'wait before you stop it; npm run release -- status shows them',
      EXIT.invalid,
    ),
};
