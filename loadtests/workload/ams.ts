// The traffic of AMS: which calls there are, what is there beforehand, and a whole run drawn from a model and a seed.
// The harness knows this file only by its name in the service file, and only by what `Workload` (workload.ts) asks for.
import { inverseOfSteps, poissonOf } from './arrivals.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { academyName, people, ROLES, type Role } from './people.ts';
import { share, weighted, zipf } from './pick.ts';
import type { Arrival, Call, Plan } from './plan.ts';
import { namedUuid, seeded } from './random.ts';
import type { Model } from './read-model.ts';
import type { Draw, Probe, Seed } from './workload.ts';

export { readModel } from './read-model.ts';

export const limits: Limits = DEFAULT_LIMITS;

const STEPS = ['enrol', 'rename', 'request', 'confirm', 'card', 'sheet', 'statistic'] as const;

/** After a livelier warm-up, so long at the rate of the run: its queues are gone before anything counts. */
const SETTLE_MS = 1500;

const memberId = (tenant: number, n: number) => namedUuid(`seed/member/${tenant}/${n}`);
const classId = (tenant: number, n: number) => namedUuid(`seed/class/${tenant}/${n}`);

interface Academy {
  tenant: number;
  members: number;
  classes: number;
  attendances: number;
}

function academies(model: Model): Academy[] {
  const weights = zipf(model.tenants.count, model.tenants.exponent);
  const members = share(model.data.members, weights);
  const classes = share(model.data.classes, weights);
  const attendances = model.data.pendingAttendances === 0 ? [] : share(model.data.pendingAttendances, weights);
  return weights.map((_, tenant) => ({
    tenant,
    members: members[tenant]!,
    classes: classes[tenant]!,
    attendances: attendances[tenant] ?? 0,
  }));
}

function enrol(identity: number, id: string, n: number): Call {
  const phone = `010-${String(1000 + (n % 9000))}-${String(1000 + ((n * 7) % 9000))}`;
  const body = JSON.stringify({ id, name: `Member ${n}`, role: 'student', phone });
  const key = `enrol-${id}`;
  return {
    step: 'enrol',
    method: 'POST',
    path: '/api/v1/members',
    identity,
    key,
    body,
    aggregateId: id,
  };
}

function request(identity: number, id: string, at: { classId: string; studentId: string; date: string }): Call {
  const body = JSON.stringify({ id, ...at });
  const key = `request-${id}`;
  const path = '/api/v1/attendances';
  return { step: 'request', method: 'POST', path, identity, key, body, aggregateId: id };
}

/** What must be there before a run: fixed ids and keys, so that seeding twice changes nothing. */
export function seedCalls(model: Model): Seed {
  const { identities, as } = people(model);
  const calls: Call[] = [];
  for (const { tenant, members } of academies(model)) {
    for (let n = 0; n < members; n++) calls.push(enrol(as(tenant, 'manager', n), memberId(tenant, n), n));
  }
  const { dates } = model.data;
  for (const { tenant, members, classes, attendances } of academies(model)) {
    for (let n = 0; n < attendances; n++) {
      const at = {
        classId: classId(tenant, n % classes),
        studentId: memberId(tenant, n % members),
        date: dates[n % dates.length]!,
      };
      calls.push(request(as(tenant, 'student', n), namedUuid(`seed/attendance/${tenant}/${n}`), at));
    }
  }
  return { identities, calls };
}

/**
 * Draws a run. The same model, draw and seed give the same plan; ids of what it creates come from its seed.
 * A confirmation takes the oldest attendance that this plan requested at least `confirmAfterSeconds` earlier;
 * when there is none yet (the first seconds), the call becomes a request.
 */
export function drawPlan(model: Model, draw: Draw): Plan {
  const { seed, ratePerSecond, durationMs, warmUpMs } = draw;
  const random = seeded(`${seed}/calls`);
  const { identities, as } = people(model);
  const all = academies(model);
  const pickAcademy = weighted(zipf(model.tenants.count, model.tenants.exponent));
  const pickMember = all.map((academy) => weighted(zipf(academy.members, model.data.readExponent)));
  const pickClass = all.map((academy) => weighted(zipf(academy.classes, model.data.readExponent)));
  const pickDate = weighted(zipf(model.data.dates.length, model.data.datesExponent));
  const pickStep = weighted(STEPS.map((step) => model.mix[step]));
  const requested: { atMs: number; tenant: number; id: string }[] = [];
  let confirmed = 0;

  const call = (index: number, atMs: number): Call => {
    const tenant = pickAcademy(random);
    const member = memberId(tenant, pickMember[tenant]!(random));
    const inClass = classId(tenant, pickClass[tenant]!(random));
    const date = model.data.dates[pickDate(random)]!;
    const id = namedUuid(`run/${seed}/${index}`);
    const step = STEPS[pickStep(random)]!;
    const user = Math.floor(random() * 2 ** 31);
    const get = (path: string, role: Role): Call => ({
      step,
      method: 'GET',
      path: `/api/v1/${path}`,
      identity: as(tenant, role, user),
    });
    switch (step) {
      case 'enrol':
        return enrol(as(tenant, 'manager', user), id, index);
      case 'rename': {
        const common = { step, method: 'PATCH', identity: as(tenant, 'manager', user), aggregateId: member } as const;
        const body = JSON.stringify({ name: `Member ${seed}-${index}` });
        return { ...common, path: `/api/v1/members/${member}`, key: `rename-${seed}-${index}`, body };
      }
      case 'confirm': {
        const oldest = requested[confirmed];
        if (oldest && oldest.atMs + model.confirmAfterSeconds * 1000 <= atMs) {
          confirmed++;
          const mark = ['present', 'present', 'present', 'late', 'absent'][Math.floor(random() * 5)];
          const path = `/api/v1/attendances/${oldest.id}/confirmation`;
          const common = { step, method: 'POST', path, identity: as(oldest.tenant, 'teacher', user) } as const;
          return { ...common, key: `confirm-${oldest.id}`, body: JSON.stringify({ mark }), aggregateId: oldest.id };
        }
        break;
      }
      case 'card':
        return get(`members/${member}`, 'parent');
      case 'sheet':
        return get(`classes/${inClass}/attendance-sheet?date=${date}&page=1&size=20`, 'teacher');
      case 'statistic':
        return get(`statistics/attendance?date=${date}`, 'manager');
    }
    requested.push({ atMs, tenant, id });
    return request(as(tenant, 'student', user), id, {
      classId: inClass,
      studentId: member,
      date: model.data.dates[0]!,
    });
  };

  const livelyMs = Math.max(0, warmUpMs - SETTLE_MS);
  const rate = inverseOfSteps([
    { ratePerSecond: draw.warmUpRatePerSecond ?? ratePerSecond, forMs: livelyMs },
    { ratePerSecond, forMs: durationMs - livelyMs },
  ]);
  const times = poissonOf(seeded(`${seed}/arrivals`), rate, durationMs);
  const arrivals = times.map((atMs, index): Arrival => ({ atMs, ...call(index, atMs) }));
  const drawn = { seed, warmUpMs, durationMs, ratePerSecond, workloadHash: model.hash };
  return { schema: 'amsperf/plan/v1', ...drawn, identities, arrivals };
}

/** The n-th probe of the projection lag: a write, and the read that must come to show `version`. */
export function probe(model: Model, n: number): Probe {
  const tenant = n % model.tenants.count;
  const id = namedUuid(`probe/${n}`);
  const identity = people(model).as(tenant, 'manager', Math.floor(n / model.tenants.count));
  const write = { ...enrol(identity, id, n), step: 'probe' };
  const read: Call = { step: 'probe', method: 'GET', path: `/api/v1/members/${id}`, identity };
  return { identity: write.identity, write, read, version: 1 };
}

/** Endpoints for the saturation command: calls that may be repeated without end, over what seeding made, by everybody who may. */
export function saturationCalls(model: Model, endpoint: string): Call[] | undefined {
  const { dates } = model.data;
  const reads: Record<string, { roles: readonly Role[]; paths: (academy: Academy) => string[] }> = {
    'member-card': {
      roles: ROLES,
      paths: ({ tenant, members }) => Array.from({ length: members }, (_, n) => `members/${memberId(tenant, n)}`),
    },
    'attendance-sheet': {
      roles: ['teacher', 'manager'],
      paths: ({ tenant, classes }) =>
        Array.from({ length: classes }, (_, n) => {
          const query = `date=${dates[n % dates.length]}&page=1&size=20`;
          return `classes/${classId(tenant, n)}/attendance-sheet?${query}`;
        }),
    },
    'attendance-statistic': {
      roles: ['manager'],
      paths: () => dates.map((date) => `statistics/attendance?date=${date}`),
    },
  };
  const read = reads[endpoint];
  if (!read) return undefined;
  const { identities } = people(model);
  const all = academies(model);
  const paths = all.map(read.paths);
  const asked = all.map(() => 0);
  return identities.flatMap(({ tenant: name, role }, identity): Call[] => {
    if (!read.roles.includes(role as Role)) return [];
    const tenant = all.findIndex((academy) => academyName(academy.tenant) === name);
    const path = paths[tenant]![asked[tenant]!++ % paths[tenant]!.length]!;
    return [{ step: endpoint, method: 'GET', path: `/api/v1/${path}`, identity }];
  });
}

/** Names that `saturationCalls` knows. */
export const saturationEndpoints = ['member-card', 'attendance-sheet', 'attendance-statistic'];
