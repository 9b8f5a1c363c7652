// The five roles of AMS, the steps of its journeys, and who may take which.

export const ROLES = ['manager', 'teacher', 'student', 'parent', 'super_admin'] as const;
export type Role = (typeof ROLES)[number];

/** Each step and the roles that may take it. */
export const STEPS = {
  enrol: ['manager', 'super_admin'],
  rename: ['manager', 'super_admin'],
  request: ['student'],
  confirm: ['teacher', 'manager', 'super_admin'],
  'check-in': ['teacher', 'manager', 'super_admin'],
  card: ['student', 'parent', 'teacher', 'manager', 'super_admin'],
  attendances: ['student', 'teacher', 'manager', 'super_admin'],
  class: ['student', 'parent', 'teacher', 'manager', 'super_admin'],
  members: ['teacher', 'manager', 'super_admin'],
  sheet: ['teacher', 'manager', 'super_admin'],
  statistic: ['manager', 'super_admin'],
} as const satisfies Record<string, readonly Role[]>;

export type Step = keyof typeof STEPS;
export const STEP_NAMES = Object.keys(STEPS) as Step[];
