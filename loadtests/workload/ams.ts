// The traffic of AMS: which calls there are, what is there beforehand, and a whole run drawn from a model and a seed.
// The harness knows this file only by its name in the service file, and only by what `Workload` (workload.ts) asks for.
import { inverseOfSteps, poissonOf } from './arrivals.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { share, weighted, zipf } from './pick.ts';
import type { Arrival, Call, Identity, Plan } from './plan.ts';
import { namedUuid, seeded } from './random.ts';
import type { Model } from './read-model.ts';
import type { Draw, Probe, Seed } from './workload.ts';

export { readModel } from './read-model.ts';

export const limits: Limits = DEFAULT_LIMITS;

const ROLES = ['manager', 'teacher', 'student', 'parent'] as const;
const STEPS = ['enrol', 'rename', 'request', 'confirm', 'card', 'sheet', 'statistic'] as const;

/** After a livelier warm-up, so long at the rate of the run: its queues are gone before anything counts. */
const SETTLE_MS = 1500;

const as = (tenant: number, role: (typeof ROLES)[number]) => tenant * ROLES.length + ROLES.indexOf(role);
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

function identities(model: Model): Identity[] {
  return Array.from({ length: model.tenants.count }, (_, tenant) =>
    ROLES.map((role) => ({
      tenant: `academy-${tenant + 1}`,
      role,
      subject: namedUuid(`seed/subject/${tenant}/${role}`),
    })),
  ).flat();
}

function enrol(tenant: number, id: string, n: number): Call {
  const phone = `010-${String(1000 + (n % 9000))}-${String(1000 + ((n * 7) % 9000))}`;
  const body = JSON.stringify({ id, name: `Member ${n}`, role: 'student', phone });
  const key = `enrol-${id}`;
  return {
    step: 'enrol',
    method: 'POST',
    path: '/api/v1/members',
    identity: as(tenant, 'manager'),
    key,
    body,
    aggregateId: id,
  };
}

function request(tenant: number, id: string, at: { classId: string; studentId: string; date: string }): Call {
  const body = JSON.stringify({ id, ...at });
  const key = `request-${id}`;
  const path = '/api/v1/attendances';
  return { step: 'request', method: 'POST', path, identity: as(tenant, 'student'), key, body, aggregateId: id };
}

/** What must be there before a run: fixed ids and keys, so that seeding twice changes nothing. */
export function seedCalls(model: Model): Seed {
  const calls: Call[] = [];
  for (const { tenant, members } of academies(model)) {
    for (let n = 0; n < members; n++) calls.push(enrol(tenant, memberId(tenant, n), n));
  }
  const { dates } = model.data;
  for (const { tenant, members, classes, attendances } of academies(model)) {
    for (let n = 0; n < attendances; n++) {
      const at = {
        classId: classId(tenant, n % classes),
        studentId: memberId(tenant, n % members),
        date: dates[n % dates.length]!,
      };
      calls.push(request(tenant, namedUuid(`seed/attendance/${tenant}/${n}`), at));
    }
  }
  return { identities: identities(model), calls };
}

/**
 * Draws a run. The same model, draw and seed give the same plan; ids of what it creates come from its seed.
 * A confirmation takes the oldest attendance that this plan requested at least `confirmAfterSeconds` earlier;
 * when there is none yet (the first seconds), the call becomes a request.
 */
export function drawPlan(model: Model, draw: Draw): Plan {
  const { seed, ratePerSecond, durationMs, warmUpMs } = draw;
  const random = seeded(`${seed}/calls`);
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
    const get = (path: string, role: (typeof ROLES)[number]): Call => ({
      step,
      method: 'GET',
      path: `/api/v1/${path}`,
      identity: as(tenant, role),
    });
    switch (step) {
      case 'enrol':
        return enrol(tenant, id, index);
      case 'rename': {
        const common = { step, method: 'PATCH', identity: as(tenant, 'manager'), aggregateId: member } as const;
        const body = JSON.stringify({ name: `Member ${seed}-${index}` });
        return { ...common, path: `/api/v1/members/${member}`, key: `rename-${seed}-${index}`, body };
      }
      case 'confirm': {
        const oldest = requested[confirmed];
        if (oldest && oldest.atMs + model.confirmAfterSeconds * 1000 <= atMs) {
          confirmed++;
          const mark = ['present', 'present', 'present', 'late', 'absent'][Math.floor(random() * 5)];
          const path = `/api/v1/attendances/${oldest.id}/confirmation`;
          const common = { step, method: 'POST', path, identity: as(oldest.tenant, 'teacher') } as const;
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
    return request(tenant, id, { classId: inClass, studentId: member, date: model.data.dates[0]! });
  };

  const livelyMs = Math.max(0, warmUpMs - SETTLE_MS);
  const rate = inverseOfSteps([
    { ratePerSecond: draw.warmUpRatePerSecond ?? ratePerSecond, forMs: livelyMs },
    { ratePerSecond, forMs: durationMs - livelyMs },
  ]);
  const times = poissonOf(seeded(`${seed}/arrivals`), rate, durationMs);
  const arrivals = times.map((atMs, index): Arrival => ({ atMs, ...call(index, atMs) }));
  const drawn = { seed, warmUpMs, durationMs, ratePerSecond, workloadHash: model.hash };
  return { schema: 'amsperf/plan/v1', ...drawn, identities: identities(model), arrivals };
}

/** The n-th probe of the projection lag: a write, and the read that must come to show `version`. */
export function probe(model: Model, n: number): Probe {
  const tenant = n % model.tenants.count;
  const id = namedUuid(`probe/${n}`);
  const write = { ...enrol(tenant, id, n), step: 'probe' };
  const read: Call = { step: 'probe', method: 'GET', path: `/api/v1/members/${id}`, identity: as(tenant, 'manager') };
  return { identity: write.identity, write, read, version: 1 };
}

/** Endpoints for the saturation command: calls that may be repeated without end, over what seeding made. */
export function saturationCalls(model: Model, endpoint: string): Call[] | undefined {
  const all = academies(model);
  const { dates } = model.data;
  const reads: Record<string, (academy: Academy) => Call[]> = {
    'member-card': ({ tenant, members }) =>
      Array.from({ length: members }, (_, n) => read(`members/${memberId(tenant, n)}`, tenant, 'parent')),
    'attendance-sheet': ({ tenant, classes }) =>
      Array.from({ length: classes }, (_, n) => {
        const query = `date=${dates[n % dates.length]}&page=1&size=20`;
        return read(`classes/${classId(tenant, n)}/attendance-sheet?${query}`, tenant, 'teacher');
      }),
    'attendance-statistic': ({ tenant }) =>
      dates.map((date) => read(`statistics/attendance?date=${date}`, tenant, 'manager')),
  };
  const read = (path: string, tenant: number, role: (typeof ROLES)[number]): Call => ({
    step: endpoint,
    method: 'GET',
    path: `/api/v1/${path}`,
    identity: as(tenant, role),
  });
  return reads[endpoint] && all.flatMap(reads[endpoint]);
}

/** Names that `saturationCalls` knows. */
export const saturationEndpoints = ['member-card', 'attendance-sheet', 'attendance-statistic'];
