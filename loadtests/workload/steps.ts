// The request that each step of a journey makes. Pure.
import { classId, memberId } from './people.ts';
import type { Call } from './plan.ts';
import { namedUuid } from './random.ts';
import type { Step } from './roles.ts';

/** Whom and what a call is about. */
export interface About {
  tenant: number;
  /** Index into the identities. */
  identity: number;
  /** Numbers within the academy. */
  member: number;
  class: number;
  date: string;
}

export const MARKS = ['present', 'present', 'present', 'late', 'absent'] as const;

export function enrol(identity: number, id: string, n: number): Call {
  const phone = `010-${String(1000 + (n % 9000))}-${String(1000 + ((n * 7) % 9000))}`;
  const body = JSON.stringify({ id, name: `Member ${n}`, role: 'student', phone });
  return command('enrol', { path: '/api/v1/members', identity, key: `enrol-${id}`, body, aggregateId: id });
}

export function rename(identity: number, id: string, nonce: string): Call {
  const body = JSON.stringify({ name: `Member ${nonce}` });
  const call = { path: `/api/v1/members/${id}`, identity, key: `rename-${nonce}`, body, aggregateId: id };
  return { ...command('rename', call), method: 'PATCH' };
}

export function createClass(identity: number, tenant: number, n: number): Call {
  const id = classId(tenant, n);
  const lesson = { weekday: 1 + (n % 5), startsAt: '18:00', endsAt: '19:30' };
  const teacherId = namedUuid(`seed/teacher/${tenant}/${n}`);
  const body = JSON.stringify({ id, name: `Class ${n}`, teacherId, capacity: 30, schedule: [lesson] });
  return command('create-class', { path: '/api/v1/classes', identity, key: `class-${id}`, body, aggregateId: id });
}

export function request(identity: number, id: string, at: { classId: string; studentId: string; date: string }): Call {
  const body = JSON.stringify({ id, ...at });
  return command('request', { path: '/api/v1/attendances', identity, key: `request-${id}`, body, aggregateId: id });
}

export function confirm(identity: number, id: string, mark: string): Call {
  const path = `/api/v1/attendances/${id}/confirmation`;
  return command('confirm', { path, identity, key: `confirm-${id}`, body: JSON.stringify({ mark }), aggregateId: id });
}

/** A whole class at once: one request, one event for each attendance that was asked for and one that was confirmed. */
export function checkIn(
  { tenant, identity, class: inClass, date }: About,
  entries: { id: string; studentId: string; mark: string }[],
): Call {
  const path = `/api/v1/classes/${classId(tenant, inClass)}/check-ins`;
  const call = command('check-in', {
    path,
    identity,
    key: `check-in-${entries[0]!.id}`,
    body: JSON.stringify({ date, entries }),
  });
  return { ...call, acknowledges: entries.map(({ id }) => ({ id, version: 2 })) };
}

/** A read. Reads of the same thing have the same path, so that the paths of a long plan are few. */
export function read(step: Step, { tenant, identity, member, class: inClass, date }: About): Call {
  const paths: Partial<Record<Step, () => string>> = {
    card: () => `members/${memberId(tenant, member)}`,
    attendances: () => `members/${memberId(tenant, member)}/attendances?page=1&size=20`,
    class: () => `classes/${classId(tenant, inClass)}`,
    members: () => 'members?page=1&size=20',
    sheet: () => `classes/${classId(tenant, inClass)}/attendance-sheet?date=${date}&page=1&size=20`,
    statistic: () => `statistics/attendance?date=${date}`,
  };
  return { step, method: 'GET', path: `/api/v1/${paths[step]!()}`, identity };
}

const command = (step: string, call: Pick<Call, 'path' | 'identity' | 'key' | 'body' | 'aggregateId'>): Call => ({
  step,
  method: 'POST',
  ...call,
});
