// The traffic of AMS: what is there beforehand, and a whole run drawn from a model and a seed.
// The harness knows this file only by its name in the service file, and only by what `Workload` (workload.ts) asks for.
import { dayOf } from './day.ts';
import { arrivalTimes, type Draw, phasesOfDraw, planHead } from './draw.ts';
import { thread, type Visit } from './journeys.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { academies, classId, memberId, people } from './people.ts';
import { weighted, zipf } from './pick.ts';
import { type Arrival, type Call, type Plan, phaseAt } from './plan.ts';
import { namedUuid, seeded } from './random.ts';
import type { Model } from './read-model.ts';
import type { Role, Step } from './roles.ts';
import { type About, checkIn, confirm, createClass, enrol, MARKS, read, rename, request } from './steps.ts';
import type { Probe, Seed } from './workload.ts';

export { readModel } from './read-model.ts';
export { saturationCalls, saturationEndpoints } from './saturation.ts';
export { sized } from './sized.ts';

export const limits: Limits = DEFAULT_LIMITS;

/** What must be there before a run: fixed ids and keys, so that seeding twice changes nothing. */
export function seedCalls(model: Model): Seed {
  const { identities, as } = people(model);
  const { dates } = model.data;
  const all = academies(model);
  const members = all.flatMap(({ tenant, members }) =>
    Array.from({ length: members }, (_, n) => enrol(as(tenant, 'manager', n), memberId(tenant, n), n)),
  );
  const classes = all.flatMap(({ tenant, classes }) =>
    Array.from({ length: classes }, (_, n) => createClass(as(tenant, 'manager', n), tenant, n)),
  );
  const attendances = all.flatMap(({ tenant, classes, attendances }) =>
    Array.from({ length: attendances }, (_, n) => {
      const student = as(tenant, 'student', n);
      const date = dates[n % dates.length]!;
      const at = { classId: classId(tenant, n % classes), studentId: identities[student]!.subject, date };
      return request(student, namedUuid(`seed/attendance/${tenant}/${n}`), at);
    }),
  );
  return { identities, calls: [...members, ...classes, ...attendances] };
}

/**
 * Draws a run. The same model, draw and seed give the same plan; ids of what it creates come from its seed.
 * A confirmation takes the oldest attendance of its academy that this plan requested at least `confirmAfterSeconds` earlier;
 * when there is none (the first seconds), the teacher looks at the sheet instead.
 */
export function drawPlan(model: Model, draw: Draw): Plan {
  const phases = phasesOfDraw(draw);
  const journeys = Object.values(model.journeys);
  const day = model.day && dayOf(model.day, journeys);
  const usual = journeys.map(({ weight }) => weight);
  const weightsAt = (atMs: number) => {
    const phase = phaseAt(phases, Math.max(0, atMs)) as (typeof phases)[number];
    if (!phase.day || !day) return usual;
    return day.weightsAt(
      phase.day.fromMinute + ((Math.max(0, atMs) - phase.fromMs) / 1000) * phase.day.minutesPerSecond,
    );
  };
  const next = thread<Step>({
    journeys: model.journeys,
    weightsAt,
    ratePerSecond: phases[0]!.rates[0]!.ratePerSecond,
    random: seeded(`${draw.seed}/journeys`),
  });
  const { identities, callOf } = caller(model, draw.seed);
  const arrivals: Arrival[] = [];
  for (const atMs of arrivalTimes(draw)) {
    const visit = next(atMs);
    arrivals.push({ atMs, journey: visit.name, visit: visit.number, ...callOf(visit, arrivals.length, atMs) });
  }
  return { ...planHead(draw, model.hash), identities, arrivals };
}

/** The request of each step of a visit; what it is about is drawn once for the whole visit. */
function caller(model: Model, seed: number) {
  const random = seeded(`${seed}/calls`);
  const { identities, as } = people(model);
  const all = academies(model);
  const { dates, readExponent, datesExponent, checkInStudents } = model.data;
  const pickAcademy = weighted(zipf(model.tenants.count, model.tenants.exponent));
  const pickMember = all.map((academy) => weighted(zipf(academy.members, readExponent)));
  const pickClass = all.map((academy) => weighted(zipf(academy.classes, readExponent)));
  const pickDate = weighted(zipf(dates.length, datesExponent));
  const requested = all.map(() => ({ pending: [] as { atMs: number; id: string }[], confirmed: 0 }));
  const underWay = new Map<number, About>();
  const paths = new Map<string, string>();

  const aboutOf = (role: Role): About => {
    const tenant = pickAcademy(random);
    const user = Math.floor(random() * 2 ** 31);
    const drawn = pickMember[tenant]!(random);
    const identity = as(tenant, role, user);
    // A student asks about nobody else.
    const member = role === 'student' ? (identity - as(tenant, role, 0)) % all[tenant]!.members : drawn;
    return { tenant, identity, member, class: pickClass[tenant]!(random), date: dates[pickDate(random)]! };
  };

  const make = (step: Step, about: About, index: number, atMs: number): Call => {
    const { tenant, identity } = about;
    const id = () => namedUuid(`run/${seed}/${index}`);
    switch (step) {
      case 'enrol':
        return enrol(identity, id(), index);
      case 'rename':
        return rename(identity, memberId(tenant, about.member), `${seed}-${index}`);
      case 'request': {
        const { subject } = identities[identity]!;
        const own = id();
        requested[tenant]!.pending.push({ atMs, id: own });
        return request(identity, own, { classId: classId(tenant, about.class), studentId: subject, date: dates[0]! });
      }
      case 'confirm': {
        const queue = requested[tenant]!;
        const oldest = queue.pending[queue.confirmed];
        if (!oldest || oldest.atMs + model.confirmAfterSeconds * 1000 > atMs) return read('sheet', about);
        queue.confirmed++;
        return confirm(identity, oldest.id, MARKS[Math.floor(random() * MARKS.length)]!);
      }
      case 'check-in': {
        const { members } = all[tenant]!;
        const entries = Array.from({ length: Math.min(checkInStudents, members) }, (_, n) => ({
          id: namedUuid(`run/${seed}/${index}/${n}`),
          studentId: memberId(tenant, (about.member + n) % members),
          mark: MARKS[n % MARKS.length]!,
        }));
        return checkIn({ ...about, date: dates[0]! }, entries);
      }
      default:
        return read(step, about);
    }
  };

  /** One copy of each path, however often it is asked for: a long plan has few. */
  const shared = (call: Call): Call => {
    if (call.method !== 'GET') return call;
    const known = paths.get(call.path);
    if (known === undefined) paths.set(call.path, call.path);
    return known === undefined ? call : { ...call, path: known };
  };

  const callOf = (visit: Visit<Step>, index: number, atMs: number): Call => {
    const about = underWay.get(visit.number) ?? aboutOf(visit.journey.role as Role);
    if (visit.at + 1 < visit.journey.steps.length) underWay.set(visit.number, about);
    else underWay.delete(visit.number);
    return shared(make(visit.journey.steps[visit.at]!, about, index, atMs));
  };
  return { identities, callOf };
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
