// Calls for the saturation command: reads that may be repeated without end, over what seeding made, by everybody who may.
import { type Academy, academies, academyName, classId, memberId, people } from './people.ts';
import type { Call } from './plan.ts';
import type { Model } from './read-model.ts';
import { ROLES, type Role } from './roles.ts';

/** Undefined for an endpoint that there is not. */
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
