// What a scenario will ask, before anything is sent: a drawn plan in, its rates, people, samples and work out. Pure.
import { expectedOf } from '../workload/arrivals.ts';
import { type Plan, phasesOf, type RatePoint } from '../workload/plan.ts';

/** Percentiles that a report may show, the highest first. */
const QUANTILES = [0.999, 0.99, 0.95, 0.9, 0.5];
/** The drawing has about so many points. */
const WINDOWS = 120;
const MINUTE_MS = 60_000;

export interface ExplainedPhase {
  name: string;
  kind: string;
  fromMs: number;
  toMs: number;
  fromRatePerSecond: number;
  toRatePerSecond: number;
  highestRatePerSecond: number;
  rates: RatePoint[];
  /** The area under the rate curve, and what the seed made of it. */
  expected: number;
  planned: number;
  /** The highest percentile that so many samples can carry; null for none. */
  carries: number | null;
}

export interface ExplainedStep {
  step: string;
  roles: string[];
  /** Behind the warm-up. */
  planned: number;
  share: number;
  highestPerSecond: number;
  carries: number | null;
}

export interface ExplainedRole {
  role: string;
  /** Users that there are, and how many of them ask at all. */
  users: number;
  asking: number;
  requests: number;
  /** Requests of the busiest user within one minute. */
  mostPerMinute: number;
}

/** A slice of the plan, for drawings. */
export interface Slice {
  fromMs: number;
  toMs: number;
  ratePerSecond: number;
  /** Requests per second of each role. */
  byRole: Record<string, number>;
  /** People in the middle of a journey at its end. */
  underWay: number;
}

/** Work of one kind that the whole measured load will cause, from counts per call. */
export interface Work {
  counter: string;
  perRequest: number;
  /** At the highest rate. */
  perSecond: number;
  /** Share of the requests whose steps were counted. */
  counted: number;
}

export interface Explained {
  durationMs: number;
  warmUpMs: number;
  ratePerSecond: number;
  arrivals: number;
  phases: ExplainedPhase[];
  steps: ExplainedStep[];
  roles: ExplainedRole[];
  journeys: { journey: string; begun: number; meanSteps: number; meanSeconds: number }[];
  slices: Slice[];
  work: Work[];
}

/** Counts of one step, per call. */
export interface CountedStep {
  step: string;
  counter: string;
  perCall: number;
}

/** @param samplesBeyond how many samples must lie above a percentile before it is believed */
export function explainPlan(plan: Plan, samplesBeyond: number, counted: readonly CountedStep[] = []): Explained {
  const carries = (count: number) => QUANTILES.find((q) => count * (1 - q) >= samplesBeyond - 1e-9) ?? null;
  const measured = plan.arrivals.filter(({ atMs }) => atMs >= plan.warmUpMs);
  const slices = slicesOf(plan);
  const steps = stepsOf(plan, measured.length, carries);
  return {
    durationMs: plan.durationMs,
    warmUpMs: plan.warmUpMs,
    ratePerSecond: plan.ratePerSecond,
    arrivals: plan.arrivals.length,
    phases: phasesOf(plan).map(({ name, kind, fromMs, toMs, rates }) => {
      const planned = plan.arrivals.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).length;
      return {
        name,
        kind,
        fromMs,
        toMs,
        fromRatePerSecond: rates[0]!.ratePerSecond,
        toRatePerSecond: rates[rates.length - 1]!.ratePerSecond,
        highestRatePerSecond: Math.max(...rates.map(({ ratePerSecond }) => ratePerSecond)),
        rates,
        expected: expectedOf(rates),
        planned,
        carries: carries(planned),
      };
    }),
    steps,
    roles: rolesOf(plan),
    journeys: journeysOf(plan),
    slices,
    work: workOf(steps, plan.ratePerSecond, counted),
  };
}

function stepsOf(plan: Plan, measured: number, carries: (count: number) => number | null): ExplainedStep[] {
  const found = new Map<string, { roles: Set<string>; planned: number; perSecond: Map<number, number> }>();
  for (const { step, identity, atMs } of plan.arrivals) {
    if (atMs < plan.warmUpMs) continue;
    const one = found.get(step) ?? { roles: new Set(), planned: 0, perSecond: new Map() };
    found.set(step, one);
    one.planned++;
    one.roles.add(plan.identities[identity]!.role);
    const second = Math.floor(atMs / 1000);
    one.perSecond.set(second, (one.perSecond.get(second) ?? 0) + 1);
  }
  return [...found]
    .map(([step, { roles, planned, perSecond }]) => ({
      step,
      roles: [...roles].sort(),
      planned,
      share: planned / measured,
      highestPerSecond: Math.max(...perSecond.values()),
      carries: carries(planned),
    }))
    .sort((a, b) => b.planned - a.planned);
}

function rolesOf(plan: Plan): ExplainedRole[] {
  const roles = new Map<string, ExplainedRole & { byUser: Map<number, number[]> }>();
  for (const { role } of plan.identities) {
    const one = roles.get(role) ?? { role, users: 0, asking: 0, requests: 0, mostPerMinute: 0, byUser: new Map() };
    roles.set(role, one);
    one.users++;
  }
  for (const { identity, atMs } of plan.arrivals) {
    const one = roles.get(plan.identities[identity]!.role)!;
    one.requests++;
    const times = one.byUser.get(identity) ?? [];
    if (times.length === 0) one.byUser.set(identity, times);
    times.push(atMs);
  }
  return [...roles.values()].map(({ byUser, ...role }) => ({
    ...role,
    asking: byUser.size,
    mostPerMinute: [...byUser.values()].reduce((most, times) => Math.max(most, mostWithin(times, MINUTE_MS)), 0),
  }));
}

/** The most of some ascending times that lie within a window of that length. */
function mostWithin(times: readonly number[], windowMs: number): number {
  let most = 0;
  for (let first = 0, last = 0; last < times.length; last++) {
    while (times[last]! - times[first]! >= windowMs) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

function journeysOf(plan: Plan): Explained['journeys'] {
  const visits = visitsOf(plan);
  const byName = Map.groupBy(visits.values(), ({ journey }) => journey);
  return [...byName]
    .map(([journey, all]) => ({
      journey,
      begun: all.length,
      meanSteps: all.reduce((sum, { steps }) => sum + steps, 0) / all.length,
      meanSeconds: all.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0) / all.length / 1000,
    }))
    .sort((a, b) => b.begun - a.begun);
}

/** First and last request of each visit; a plan that names no visits has none. */
function visitsOf(plan: Plan): Map<number, { journey: string; fromMs: number; toMs: number; steps: number }> {
  const visits = new Map<number, { journey: string; fromMs: number; toMs: number; steps: number }>();
  for (const { visit, journey, atMs } of plan.arrivals) {
    if (visit === undefined || journey === undefined) continue;
    const one = visits.get(visit);
    if (one) {
      one.toMs = atMs;
      one.steps++;
    } else visits.set(visit, { journey, fromMs: atMs, toMs: atMs, steps: 1 });
  }
  return visits;
}

function slicesOf(plan: Plan): Slice[] {
  const lengthMs = Math.max(1000, Math.ceil(plan.durationMs / WINDOWS / 1000) * 1000);
  const count = Math.ceil(plan.durationMs / lengthMs);
  const slices = Array.from({ length: count }, (_, n): Slice => {
    return {
      fromMs: n * lengthMs,
      toMs: Math.min((n + 1) * lengthMs, plan.durationMs),
      ratePerSecond: 0,
      byRole: {},
      underWay: 0,
    };
  });
  for (const { atMs, identity } of plan.arrivals) {
    const slice = slices[Math.floor(atMs / lengthMs)]!;
    const perSecond = 1000 / (slice.toMs - slice.fromMs);
    const { role } = plan.identities[identity]!;
    slice.ratePerSecond += perSecond;
    slice.byRole[role] = (slice.byRole[role] ?? 0) + perSecond;
  }
  for (const { fromMs, toMs } of visitsOf(plan).values()) {
    const last = Math.ceil(toMs / lengthMs) - 1;
    for (let n = Math.floor(fromMs / lengthMs); n < last; n++) slices[n]!.underWay++;
  }
  return slices;
}

function workOf(steps: readonly ExplainedStep[], ratePerSecond: number, counted: readonly CountedStep[]): Work[] {
  const shareOf = new Map(steps.map(({ step, share }) => [step, share]));
  const byCounter = Map.groupBy(counted, ({ counter }) => counter);
  return [...byCounter].map(([counter, all]) => {
    const known = all.filter(({ step }) => shareOf.has(step));
    const perRequest = known.reduce((sum, { step, perCall }) => sum + shareOf.get(step)! * perCall, 0);
    const share = known.reduce((sum, { step }) => sum + shareOf.get(step)!, 0);
    return { counter, perRequest, perSecond: perRequest * ratePerSecond, counted: share };
  });
}
