import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BreakerState, createBreaker } from './breaker.ts';

const SETTINGS = { windowMs: 1000, failures: 5, failedRatio: 0.1, pauseMs: 500 };

function breakerAt(random = 0) {
  let now = 0;
  const states: BreakerState[] = [];
  const breaker = createBreaker(SETTINGS, { nowMs: () => now, random: () => random }, (state) => states.push(state));
  /** Makes a number of calls; those that are not allowed are not made. */
  const calls = (count: number, succeeded: boolean) => {
    for (let i = 0; i < count; i++) {
      const ticket = breaker.begin();
      if (ticket !== undefined) breaker.end(ticket, succeeded);
    }
  };
  return { breaker, states, calls, pass: (ms: number) => (now += ms) };
}

test('stays closed below the number of failures, and opens with it', () => {
  const { breaker, calls } = breakerAt();
  calls(4, false);
  assert.equal(breaker.state, 'closed');
  calls(1, false);
  assert.equal(breaker.state, 'open');
  assert.equal(breaker.begin(), undefined);
});

test('failures that are a small share of the calls do not open it', () => {
  const { breaker, calls } = breakerAt();
  for (let i = 0; i < 100; i++) {
    calls(99, true);
    calls(1, false);
  }
  assert.equal(breaker.state, 'closed');
});

test('failures older than the window are forgotten', () => {
  const { breaker, calls, pass } = breakerAt();
  calls(4, false);
  pass(SETTINGS.windowMs);
  calls(4, false);
  assert.equal(breaker.state, 'closed');
  pass(SETTINGS.windowMs / 2);
  calls(1, false);
  assert.equal(breaker.state, 'open', 'four and one within a window');
});

test('after the pause exactly one call probes, and its success closes', () => {
  const { breaker, calls, pass, states } = breakerAt();
  calls(5, false);
  pass(499);
  assert.equal(breaker.begin(), undefined);
  pass(1);
  const probe = breaker.begin();
  assert.notEqual(probe, undefined);
  assert.equal(breaker.begin(), undefined, 'one probe at a time');
  pass(10_000);
  assert.equal(breaker.begin(), undefined, 'however long it takes');
  breaker.end(probe!, true);
  assert.deepEqual(states, ['open', 'half_open', 'closed']);
  calls(4, false);
  assert.equal(breaker.state, 'closed', 'the failures from before do not count any more');
});

test('a probe that fails opens it for another pause', () => {
  const { breaker, calls, pass } = breakerAt();
  calls(5, false);
  pass(500);
  breaker.end(breaker.begin()!, false);
  assert.equal(breaker.state, 'open');
  pass(499);
  assert.equal(breaker.begin(), undefined);
  pass(1);
  assert.notEqual(breaker.begin(), undefined);
});

test('calls that began before a change of state do not count after it', () => {
  const { breaker, calls, pass } = breakerAt();
  const early = breaker.begin()!;
  calls(5, false);
  breaker.end(early, true);
  assert.equal(breaker.state, 'open');
  pass(500);
  const probe = breaker.begin()!;
  breaker.end(early, false);
  assert.equal(breaker.state, 'half_open', 'only the probe decides');
  breaker.end(probe, true);
  assert.equal(breaker.state, 'closed');
});

test('the pause is drawn between one and one and a half times its length', () => {
  const { breaker, calls, pass } = breakerAt(0.999);
  calls(5, false);
  pass(749);
  assert.equal(breaker.begin(), undefined);
  pass(1);
  assert.notEqual(breaker.begin(), undefined);
});
