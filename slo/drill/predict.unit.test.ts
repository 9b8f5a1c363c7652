import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { readAllObjectives } from '../objectives/read.ts';
import { endsAt, firesAt, nextOf, type Steady } from './predict.ts';

const objectives = await readAllObjectives(path.join(import.meta.dirname, '../objectives'));
const named = (name: string) => objectives.find((one) => one.name === name)!;

/** As on call: scraped every 5 s, evaluated every 30 s, at so many events that the guard does not show. */
const fault = (name: string, changes: Partial<Steady> = {}): Steady => ({
  objective: named(name),
  scale: 1,
  monthDays: 30,
  startSeconds: 1_000_000,
  delaySeconds: 0,
  badShare: 1,
  eventsPerSecond: 10_000,
  scrape: { atSeconds: 0, everySeconds: 5 },
  evaluation: { atSeconds: 0, everySeconds: 30 },
  ...changes,
});
const afterMinutes = (steady: Steady, tier = 0) =>
  ((firesAt(steady, steady.objective.policy[tier]!) ?? Infinity) - steady.startSeconds) / 60;

test('a steady fault is found after (1 - target) x factor x window / share, at the next evaluation', () => {
  // The SRE Workbook's formula, over the hour of the first tier.
  for (const [name, share] of [
    ['errors', 1],
    ['errors', 0.5],
    ['latency', 1],
    ['latency', 0.72],
    ['check-in-burst', 1],
  ] as const) {
    const { target, policy } = named(name);
    const minutes = ((1 - target) * policy[0]!.factor * 60) / share;
    const after = afterMinutes(fault(name, { badShare: share }));
    assert.ok(after > minutes && after <= minutes + 0.6, `${name} ${share}: ${after} min`);
  }
  const { target, policy } = named('availability');
  const minutes = (1 - target) * policy[0]!.factor * 60;
  const slices = afterMinutes(fault('availability', { evaluation: { atSeconds: 0, everySeconds: 15 } }));
  // A slice is bad as a whole, also the one in which the fault began.
  assert.ok(slices > minutes - 0.25 && slices <= minutes + 0.5, `availability: ${slices} min`);
});

test('the slower tiers fire later in the order of the policy, and a share below a threshold never fires', () => {
  for (const [tier, minutes] of [4.32, 10.8, 21.6, 21.6].entries()) {
    const after = afterMinutes(fault('errors'), tier);
    assert.ok(after > minutes && after <= minutes + 0.6, `tier ${tier}: ${after} min`);
  }
  assert.equal(firesAt(fault('latency', { badShare: 0.3 }), named('latency').policy[0]!), undefined);
});

test('everything is so many times faster when the windows are, except what the fault itself takes', () => {
  const grids = { scrape: { atSeconds: 0, everySeconds: 1 }, evaluation: { atSeconds: 0, everySeconds: 1 } };
  const seconds = (changes: Partial<Steady>) => afterMinutes(fault('errors', { ...grids, scale: 60, ...changes })) * 60;
  assert.ok(Math.abs(seconds({}) - 5) <= 1);
  assert.equal(seconds({ delaySeconds: 7 }), seconds({}) + 7);
});

test('few events make the guard unsure and the page later', () => {
  const few = afterMinutes(fault('errors', { eventsPerSecond: 0.1 }));
  assert.ok(few > 5 && few < 10, `${few} min`);
});

test('a tier ends when the short window has become good enough', () => {
  const steady = fault('errors');
  const end = steady.startSeconds + 600;
  // 5 minutes x (1 - 7.2 %) = 278 s after the end.
  const after = endsAt(steady, steady.objective.policy[0]!, end) - end;
  assert.ok(after >= 278 && after <= 278 + 35, `${after} s`);
});

test('the next instant of a grid is the one that is not before', () => {
  assert.equal(nextOf({ atSeconds: 3, everySeconds: 10 }, 13), 13);
  assert.equal(nextOf({ atSeconds: 3, everySeconds: 10 }, 13.5), 23);
  assert.equal(nextOf({ atSeconds: 103, everySeconds: 10 }, 13.5), 23);
});
