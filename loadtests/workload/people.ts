// Who is there: the users of every academy, so many that nobody asks like a machine, its members and classes. Pure.
import { share, zipf } from './pick.ts';
import type { Identity } from './plan.ts';
import { namedUuid } from './random.ts';
import type { Model } from './read-model.ts';
import { ROLES, type Role } from './roles.ts';

export const academyName = (tenant: number): string => `academy-${tenant + 1}`;
export const memberId = (tenant: number, n: number): string => namedUuid(`seed/member/${tenant}/${n}`);
export const classId = (tenant: number, n: number): string => namedUuid(`seed/class/${tenant}/${n}`);

export interface People {
  /** Tenant by tenant, role by role. The n-th student is the n-th member of the academy; the others have names. */
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
        const subject = role === 'student' ? memberId(tenant, n) : `${role}-${n + 1}`;
        identities.push({ tenant: academyName(tenant), role, subject });
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

export interface Academy {
  tenant: number;
  members: number;
  classes: number;
  /** Requested beforehand and never confirmed. */
  attendances: number;
}

/** The data set, shared among the academies like the traffic. */
export function academies({ tenants, data }: Pick<Model, 'tenants' | 'data'>): Academy[] {
  const weights = zipf(tenants.count, tenants.exponent);
  const members = share(data.members, weights);
  const classes = share(data.classes, weights);
  const attendances = data.pendingAttendances === 0 ? [] : share(data.pendingAttendances, weights);
  return weights.map((_, tenant) => ({
    tenant,
    members: members[tenant]!,
    classes: classes[tenant]!,
    attendances: attendances[tenant] ?? 0,
  }));
}
