// The fixed replay: which calls of a drawn plan are sent, in which order. Pure: plans in, a script out.
import type { Arrival, Call, Plan } from '../../loadtests/workload/plan.ts';

export interface ScriptCall {
  call: Call;
  /** Only sent because a later call needs what it makes. */
  isCounted: boolean;
  /** Which call of its step, from 0. */
  position: number;
}

/**
 * Step by step, in the order in which the steps first appear in `first`: a few calls of each step. Reads are those of `first`,
 * so that every pass asks for the same; writes are the plan's own, because each must be a new one. A write that a later call of
 * the script needs (of the same aggregate) is preferred, or sent without being counted: the later call would be refused.
 * @param first the plan of the first pass
 * @param plan the plan of this pass
 */
export function scriptOf(first: Plan, plan: Plan, perStep: number): ScriptCall[] {
  const steps = callsByStep(first.arrivals, perStep);
  const own = callsByStep(plan.arrivals, perStep);
  const earlier = new Map([...own.values()].flat().map((call) => [call, earlierWrites(plan, call)]));
  const preferred = callsByStep([...earlier.values()].flat(), perStep);
  const scripted = new Set<Arrival>();
  return [...steps].flatMap(([step, ofFirst]): ScriptCall[] => {
    const writes = [...new Set([...(preferred.get(step) ?? []), ...(own.get(step) ?? [])])];
    const counted = ofFirst.flatMap((call, position) => (call.method === 'GET' ? call : (writes[position] ?? [])));
    const before = [...new Set(counted.flatMap((call) => earlier.get(call) ?? earlierWrites(plan, call)))];
    const uncounted = before.filter((call) => !scripted.has(call) && !counted.includes(call));
    for (const call of [...uncounted, ...counted]) scripted.add(call);
    return [
      ...uncounted.map((call) => ({ call, isCounted: false, position: 0 })),
      ...counted.map((call, position) => ({ call, isCounted: true, position })),
    ];
  });
}

function callsByStep(arrivals: readonly Arrival[], perStep: number): Map<string, Arrival[]> {
  const calls = new Map<string, Arrival[]>();
  for (const arrival of arrivals) {
    const some = calls.get(arrival.step) ?? [];
    if (some.length < perStep) calls.set(arrival.step, [...some, arrival]);
  }
  return calls;
}

function earlierWrites(plan: Plan, call: Arrival): Arrival[] {
  if (call.aggregateId === undefined) return [];
  const at = plan.arrivals.indexOf(call);
  return plan.arrivals.slice(0, Math.max(0, at)).filter(({ aggregateId }) => aggregateId === call.aggregateId);
}
