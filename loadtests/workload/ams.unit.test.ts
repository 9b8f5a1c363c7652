import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Failure } from '../../cli/failure.ts';
import { drawPlan, probe, saturationCalls, saturationEndpoints, seedCalls, sized } from './ams.ts';
import { people } from './people.ts';
import { readModel, stepWeight } from './read-model.ts';
import { STEPS } from './roles.ts';
import { openWorkload, scenarioDraw } from './workload.ts';

const text = readFileSync(path.join(import.meta.dirname, 'ams.yaml'), 'utf8');
const opened = await openWorkload(path.join(import.meta.dirname, '..', '..'), {
  module: 'loadtests/workload/ams.ts',
  model: 'loadtests/workload/ams.yaml',
});
const model = opened.model as ReturnType<typeof readModel>;
const draw = { ratePerSecond: 100, durationMs: 60_000, warmUpMs: 5_000, seed: 7 };
const plan = drawPlan(model, draw);

test('the same seed draws the same plan, another seed another one', () => {
  assert.deepEqual(drawPlan(model, draw), plan);
  assert.notDeepEqual(drawPlan(model, { ...draw, seed: 8 }).arrivals, plan.arrivals);
});

test('peak is three times average', () => {
  const average = scenarioDraw(model, 'average', 1);
  const peak = scenarioDraw(model, 'peak', 1);
  assert.equal(average.ratePerSecond, model.averageRatePerSecond);
  assert.equal(peak.ratePerSecond, 3 * average.ratePerSecond);
  const count = (one: typeof peak) => {
    const hold = one.phases!.find(({ name }) => name === 'hold')!;
    return drawPlan(model, one).arrivals.filter(({ atMs }) => atMs >= hold.fromMs && atMs < hold.toMs).length;
  };
  assert.ok(Math.abs(count(peak) / count(average) - 3) < 0.15);
});

test('an unknown scenario is a usage failure that lists the known ones', () => {
  assert.throws(() => scenarioDraw(model, 'peek', 1), {
    code: 'scenario.unknown',
    exitCode: 2,
    hint: /average.*peak.*smoke/,
  });
});

test('the mix of a plan is the mix of the model, from the first second on', () => {
  const journeys = Object.values(model.journeys);
  const total = journeys.reduce((sum, { weight, steps }) => sum + weight * steps.length, 0);
  const long = drawPlan(model, { ratePerSecond: 100, durationMs: 600_000, warmUpMs: 0, seed: 7 });
  const pieces = [long.arrivals, long.arrivals.filter(({ atMs }) => atMs >= 5000 && atMs < 35_000)];
  for (const piece of pieces) {
    for (const step of Object.keys(STEPS) as (keyof typeof STEPS)[]) {
      const expected = (piece.length * stepWeight(model.journeys, step)) / total;
      const count = piece.filter((arrival) => arrival.step === step).length;
      // A visit has up to two of them. Confirmations that find nothing to confirm become sheets.
      const scatter = 5 * Math.sqrt(2 * expected) + (['confirm', 'sheet'].includes(step) ? 0.06 * expected : 0);
      assert.ok(Math.abs(count - expected) < scatter, `${step}: ${count}, expected ${expected}`);
    }
  }
});

test('a student asks about nobody but themselves, and a visit has one user in one academy', () => {
  const users = new Map<number, number>();
  for (const { visit, identity, step, body, path } of plan.arrivals) {
    assert.equal(users.get(visit!) ?? identity, identity);
    users.set(visit!, identity);
    const { role, subject } = plan.identities[identity]!;
    if (step === 'request') assert.equal(JSON.parse(body!).studentId, subject);
    if (role === 'student' && step !== 'request') assert.ok(path.includes(subject), path);
  }
});

test('a bulk check-in names each of its attendances as acknowledged, requested and confirmed', () => {
  const bulk = plan.arrivals.filter(({ step }) => step === 'check-in');
  assert.ok(bulk.length > 20);
  for (const { body, acknowledges } of bulk) {
    const { entries } = JSON.parse(body!) as { entries: { id: string; studentId: string }[] };
    assert.deepEqual(
      acknowledges,
      entries.map(({ id }) => ({ id, version: 2 })),
    );
    assert.equal(new Set(entries.map(({ studentId }) => studentId)).size, model.data.checkInStudents);
  }
});

test('the busiest minute of the day is the peak', () => {
  const most = Math.max(...model.dayCurve!.map(({ times }) => times));
  assert.ok(Math.abs(most - model.peakFactor) < 0.1, `${most}`);
});

test('a larger model has more traffic, users and data, and another hash', () => {
  const grown = sized(model, { rate: 1.5, users: 2, data: 10 });
  assert.equal(grown.averageRatePerSecond, 150);
  assert.equal(people(grown).identities.length, 2 * people(model).identities.length);
  assert.equal(seedCalls(grown).calls.length, 10 * seedCalls(model).calls.length);
  assert.notEqual(grown.hash, model.hash);
  assert.equal(sized(model, {}), model);
  assert.equal(readModel(text.replace('scale: 1', 'scale: 10')).data.members, 10 * model.data.members);
});

test('each confirmation names an attendance of this plan, requested 2 s earlier at least, and only once', () => {
  const requestedAt = new Map(
    plan.arrivals.filter(({ step }) => step === 'request').map((one) => [one.aggregateId, one] as const),
  );
  const confirmations = plan.arrivals.filter(({ step }) => step === 'confirm');
  assert.ok(confirmations.length > 400);
  assert.equal(new Set(confirmations.map((one) => one.aggregateId)).size, confirmations.length);
  for (const one of confirmations) {
    const requested = requestedAt.get(one.aggregateId);
    assert.ok(requested && one.atMs - requested.atMs >= 2000);
    const tenant = (identity: number) => plan.identities[identity]!.tenant;
    assert.equal(tenant(one.identity), tenant(requested.identity));
  }
});

test('commands have an idempotency key of their own, reads have none', () => {
  const commands = plan.arrivals.filter(({ method }) => method !== 'GET');
  assert.equal(new Set(commands.map(({ key }) => key)).size, commands.length);
  assert.ok(
    plan.arrivals.every(({ method, key, body }) => (method === 'GET') === (key === undefined && body === undefined)),
  );
});

test('runs with other seeds create other ids, and never those of the data set', () => {
  const created = (seed: number) =>
    drawPlan(model, { ...draw, seed })
      .arrivals.filter(({ step }) => step === 'enrol' || step === 'request')
      .map(({ aggregateId }) => aggregateId);
  const all = [...created(7), ...created(8), ...seedCalls(model).calls.map(({ aggregateId }) => aggregateId)];
  assert.equal(new Set(all).size, all.length);
});

test('seeding is the same each time and as large as the model says', () => {
  const { calls, identities } = seedCalls(model);
  assert.deepEqual(seedCalls(model).calls, calls);
  assert.equal(calls.filter(({ step }) => step === 'enrol').length, model.data.members);
  assert.equal(calls.filter(({ step }) => step === 'request').length, model.data.pendingAttendances);
  assert.deepEqual(identities, plan.identities);
});

test('the first tenant has most of the traffic and the last has some', () => {
  const counts = new Map<string, number>();
  for (const { identity } of plan.arrivals) {
    const { tenant } = plan.identities[identity]!;
    counts.set(tenant, (counts.get(tenant) ?? 0) + 1);
  }
  const ratio = counts.get('academy-1')! / counts.get('academy-8')!;
  assert.ok(ratio > 6 && ratio < 10.5, `first to last ${ratio}`);
});

/** Requests of the busiest user in any minute of a run. */
function busiest(calls: { identity: number; atMs: number }[]): number {
  const counts = new Map<string, number>();
  for (const { identity, atMs } of calls) {
    // Every window of a minute that starts at a tenth of one.
    for (let from = Math.floor(atMs / 6000) - 9; from <= atMs / 6000; from++) {
      const key = `${from}/${identity}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return Math.max(...counts.values());
}

test('at peak nobody asks more than 60 times a minute, which leaves room below the rate limit of 100', () => {
  const peak = drawPlan(model, scenarioDraw(model, 'peak', 3));
  const most = busiest(peak.arrivals);
  assert.ok(most > 5 && most <= 60, `${most} in a minute`);
});

test('the busiest role of the smallest academy is more than one user, and each of its users asks', () => {
  const peak = drawPlan(model, scenarioDraw(model, 'peak', 3));
  const asked = new Set(peak.arrivals.map(({ identity }) => identity));
  const { identities } = peak;
  const small = identities.flatMap(({ tenant, role }, n) => (tenant === 'academy-8' && role === 'manager' ? [n] : []));
  assert.ok(small.length > 3);
  assert.ok(small.every((identity) => asked.has(identity)));
});

test('seeding and probing are spread over the managers too', () => {
  const { calls, identities } = seedCalls(model);
  const managers = identities.filter(({ role }) => role === 'manager').length;
  const enrolling = new Set(calls.filter(({ step }) => step === 'enrol').map(({ identity }) => identity));
  assert.ok(enrolling.size > 0.9 * managers, `${enrolling.size} of ${managers}`);
  const probing = Array.from({ length: 400 }, (_, n) => ({ identity: probe(model, n).identity, atMs: n * 250 }));
  assert.ok(busiest(probing) <= 20, `${busiest(probing)} probes of one manager in a minute`);
});

test('member cards are asked by everybody in turn: 2,000 a second are fewer than 60 a minute for each', () => {
  const calls = saturationCalls(model, 'member-card')!;
  assert.equal(new Set(calls.map(({ identity }) => identity)).size, calls.length);
  assert.ok((2000 * 60) / calls.length < 60);
});

test('a saturation call stays in the tenant of who makes it, and reaches everything that was seeded', () => {
  const seed = seedCalls(model);
  const tenantOf = new Map(
    seed.calls.map(({ aggregateId, identity }) => [aggregateId!, seed.identities[identity]!.tenant] as const),
  );
  const calls = saturationCalls(model, 'member-card')!;
  const members = calls.map(({ path }) => path.split('/').at(-1)!);
  for (const [n, { identity }] of calls.entries())
    assert.equal(tenantOf.get(members[n]!), seed.identities[identity]!.tenant);
  assert.equal(new Set(members).size, model.data.members);
});

test('each call is made by a role that may make it', () => {
  for (const { step, identity } of plan.arrivals) {
    const may: readonly string[] = STEPS[step as keyof typeof STEPS];
    assert.ok(may.includes(plan.identities[identity]!.role), step);
  }
});

test('a probe reads in its own tenant what it wrote, and no two probes write the same', () => {
  const probes = Array.from({ length: 100 }, (_, n) => probe(model, n));
  assert.equal(new Set(probes.map(({ write }) => write.aggregateId)).size, 100);
  for (const { write, read } of probes) {
    assert.ok(read.path.endsWith(write.aggregateId!));
    assert.equal(plan.identities[read.identity]!.tenant, plan.identities[write.identity]!.tenant);
  }
});

test('every saturation endpoint has calls, and an unknown one has none', () => {
  for (const endpoint of saturationEndpoints)
    assert.ok(saturationCalls(model, endpoint)!.length >= model.tenants.count);
  assert.equal(saturationCalls(model, 'nothing'), undefined);
});

const mistakes: [what: string, from: string | RegExp, to: string, message: RegExp][] = [
  [
    'a weight that is text',
    'weight: 14',
    'weight: many',
    /ams\.yaml line 1\d: journeys\.student-arrives\.weight: .*number/,
  ],
  ['a rate of 0', 'averageRatePerSecond: 100', 'averageRatePerSecond: 0', /line 6: averageRatePerSecond/],
  ['an unknown field', 'peakFactor: 3', 'peakFactor: 3\npeekFactor: 3', /peekFactor/],
  ['a missing field', 'peakFactor: 3', '', /line 3: peakFactor/],
  ['broken YAML', 'tenants: { count: 8', 'tenants: { count: [8', /ams\.yaml line \d+: /],
  [
    'more confirmations than requests',
    'weight: 5.5',
    'weight: 8',
    /line \d+: journeys: confirm must not come more often/,
  ],
  ['a step that is none', 'steps: [attendances', 'steps: [attendance', /journeys\.student-looks\.steps\.0/],
  ['a step of another role', 'role: parent, weight: 9', 'role: student, weight: 9, x: 1', /journeys\.parent-looks/],
  ['a parent who confirms', '[card, card]', '[card, confirm]', /parent-looks\.steps\.1: a parent may not confirm/],
  ['a day of 23 hours', 'hours: [0.30, ', 'hours: [', /day\.hours/],
  ['a day that is none', '2026-08-31', '2026-08-32', /data\.dates\.1/],
];
for (const [what, from, to, message] of mistakes) {
  test(`${what} is refused with line and field`, () => {
    const broken = text.replace(from, to);
    assert.notEqual(broken, text);
    assert.throws(
      () => readModel(broken, 'ams.yaml'),
      (error) => error instanceof Failure && error.exitCode === 2 && message.test(error.message),
      'the message names the field',
    );
  });
}

test('every scenario has its k6 entry, named after it', () => {
  assert.ok(Object.keys(model.scenarios).length >= 8);
  for (const name of Object.keys(model.scenarios)) {
    const entry = readFileSync(path.join(import.meta.dirname, '..', 'k6', `${name}.ts`), 'utf8');
    assert.ok(entry.includes(`optionsOf('${name}')`), name);
  }
});
