// A queue before several equal servers, first come first served: the truth for tests of waiting times. Pure.

/**
 * Gives a function that takes the next arrival and its service time, and says how long it waits (the recursion of Kiefer and
 * Wolfowitz 1955: who arrives is served by whoever is free first). Ask in the order of arrival; times in ms.
 */
export function multiServer(servers: number): (atMs: number, serviceMs: number) => number {
  const freeAtMs = new Array<number>(servers).fill(0);
  return (atMs, serviceMs) => {
    const first = freeAtMs.indexOf(Math.min(...freeAtMs));
    const beginMs = Math.max(atMs, freeAtMs[first]!);
    freeAtMs[first] = beginMs + serviceMs;
    return beginMs - atMs;
  };
}

/**
 * Mean wait in an M/M/c queue in ms: C(c, a) / (c mu - lambda), with a = lambda / mu and C by Erlang's formula for waiting
 * (Gross and Harris, Fundamentals of Queueing Theory, 2.3).
 */
export function erlangWaitMs(ratePerSecond: number, servers: number, meanServiceMs: number): number {
  const offered = (ratePerSecond * meanServiceMs) / 1000;
  let term = 1;
  let sum = 1;
  for (let n = 1; n < servers; n++) {
    term *= offered / n;
    sum += term;
  }
  const last = ((term * offered) / servers) * (servers / (servers - offered));
  return (last / (sum + last)) * (meanServiceMs / (servers - offered));
}
