// Who asks: the users of every academy, so many that nobody asks like a machine. A model in, identities and who is who out. Pure.
import { share, zipf } from './pick.ts';
import type { Identity } from './plan.ts';
import type { Model } from './read-model.ts';

export const ROLES = ['manager', 'teacher', 'student', 'parent'] as const;
export type Role = (typeof ROLES)[number];

export const academyName = (tenant: number): string => `academy-${tenant + 1}`;

export interface People {
  /** Tenant by tenant, role by role. */
  identities: Identity[];
  /** The n-th user of a role in an academy, as an index into the identities; n may be any whole number from 0. */
  as(tenant: number, role: Role, n: number): number;
}

/** Users are shared among the academies like the traffic, at least one of each role in each. */
export function people({ tenants, users }: Pick<Model, 'tenants' | 'users'>): People {
  const weights = zipf(tenants.count, tenants.exponent);
  const counts = ROLES.map((role) => share(users[role], weights));
  const identities: Identity[] = [];
  const firsts = weights.map((_, tenant) =>
    ROLES.map((role, index) => {
      const first = identities.length;
      for (let n = 0; n < counts[index]![tenant]!; n++) {
        identities.push({ tenant: academyName(tenant), role, subject: `${role}-${n + 1}` });
      }
      return first;
    }),
  );
  const as = (tenant: number, role: Role, n: number) => {
    const index = ROLES.indexOf(role);
    return firsts[tenant]![index]! + (n % counts[index]![tenant]!);
  };
  return { identities, as };
}
