// Who may do what: the one table of use case and role. `all` is everything of the tenant, `own` what is about the caller
// (a student) or about a child of theirs (a parent); a role that is not named may not.
import type { Role } from './auth.ts';

export type Permission = 'all' | 'own';

const everybody = { student: 'all', parent: 'all', teacher: 'all', manager: 'all', super_admin: 'all' } as const;
const staff = { teacher: 'all', manager: 'all', super_admin: 'all' } as const;
const office = { manager: 'all', super_admin: 'all' } as const;
const operators = { super_admin: 'all' } as const;
const family = { student: 'own', parent: 'own' } as const;

export const PERMISSIONS = {
  enrolMember: office,
  renameMember: office,
  listMembers: staff,
  readMemberCard: everybody,
  createClass: office,
  updateClass: office,
  listClasses: everybody,
  readClassCard: everybody,
  readClassRoster: staff,
  enrolStudent: office,
  withdrawStudent: office,
  requestAttendance: { ...staff, student: 'own' },
  confirmAttendance: staff,
  checkIn: staff,
  readAttendanceSheet: staff,
  readStudentAttendances: { ...staff, ...family },
  recordPayment: office,
  refundPayment: office,
  listPayments: { ...office, ...family },
  readReceipt: { ...office, ...family },
  readAttendanceStatistic: office,
  readPaymentStatistic: office,
  createAccount: office,
  signOut: everybody,
  requestPhoneVerification: everybody,
  confirmPhoneVerification: everybody,
  takeProfile: operators,
  takeHeap: operators,
} as const satisfies Record<string, Partial<Record<Role, Permission>>>;

/** A use case that needs a token; the two that give one (`signIn`, `refreshTokens`) are open to everybody. */
export type GuardedUseCase = keyof typeof PERMISSIONS;

export function permissionOf(useCase: GuardedUseCase, role: Role): Permission | undefined {
  return (PERMISSIONS[useCase] as Partial<Record<Role, Permission>>)[role];
}
