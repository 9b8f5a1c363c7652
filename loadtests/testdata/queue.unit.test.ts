import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evenOf, inverseOf, poisson } from '../workload/arrivals.ts';
import { seeded } from '../workload/random.ts';
import { erlangWaitMs, multiServer } from './queue.ts';

const near = (value: number, truth: number, share: number) =>
  assert.ok(Math.abs(value / truth - 1) < share, `${value}, truth ${truth}`);

test('the formula has the known waits: rho / (mu - lambda) for one server, a table value for two', () => {
  near(erlangWaitMs(70, 1, 10), (0.7 / 30) * 1000, 1e-12);
  // Two servers: C = 2 rho^2 / (1 + rho).
  near(erlangWaitMs(35, 2, 40), (((2 * 0.49) / 1.7) * 1000) / 15, 1e-12);
  // C(5, 4) = 0.5541, Gross and Harris, appendix: wait = C / (5 - 4) services.
  near(erlangWaitMs(40, 5, 100), 0.5541 * 100, 1e-3);
});

for (const [ratePerSecond, servers, meanMs] of [
  [70, 1, 10],
  [35, 2, 40],
  [64, 8, 100],
] as const) {
  test(`drawn arrivals at ${ratePerSecond}/s wait before ${servers} servers as Erlang C says; even ones wait far less`, () => {
    const durationMs = (600_000 / ratePerSecond) * 1000;
    const mean = (times: Iterable<number>) => {
      const wait = multiServer(servers);
      const random = seeded('service');
      let sum = 0;
      let count = 0;
      for (const atMs of times) {
        sum += wait(atMs, -Math.log(1 - random()) * meanMs);
        count++;
      }
      return sum / count;
    };
    const truth = erlangWaitMs(ratePerSecond, servers, meanMs);
    near(mean(poisson(seeded('queue/arrivals'), ratePerSecond, durationMs)), truth, 0.05);
    const rates = [0, durationMs].map((atMs) => ({ atMs, ratePerSecond }));
    assert.ok(mean(evenOf(inverseOf(rates), durationMs)) < 0.65 * truth);
  });
}
