// Text of the workload file in, checked model out. Node only: k6 never reads the model, it gets a drawn plan.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { scenario } from '../scenarios/read.ts';
import { readYaml } from '../scenarios/yaml.ts';
import { dayOf } from './day.ts';
import { ROLES, type Role, STEP_NAMES, STEPS } from './roles.ts';
import type { RateModel } from './scenario.ts';

const positive = z.number().positive();
const count = z.number().int().positive();
const exponent = z.number().min(0).max(3);
const minute = z.number().int().min(-60).max(60);

const journey = z
  .strictObject({
    role: z.enum(ROLES),
    weight: z.number().min(0),
    steps: z.array(z.enum(STEP_NAMES)).min(1),
    thinkSeconds: z.number().min(0),
    burst: z
      .strictObject({ fromMinute: minute, toMinute: minute, times: positive })
      .refine(({ fromMinute, toMinute }) => fromMinute < toMinute, 'fromMinute must be before toMinute')
      .optional(),
  })
  .superRefine(({ role, steps }, context) => {
    steps.forEach((step, at) => {
      const may: readonly Role[] = STEPS[step];
      if (!may.includes(role)) {
        context.addIssue({ code: 'custom', path: ['steps', at], message: `a ${role} may not ${step}` });
      }
    });
  });

const schema = z.strictObject({
  schema: z.literal('amsperf/workload/v2'),
  averageRatePerSecond: positive,
  peakFactor: z.number().min(1),
  /** Of this workload only; the others stand in loadtests/scenarios. */
  scenarios: z.record(z.string(), scenario).default({}),
  journeys: z
    .record(z.string(), journey)
    .refine((all) => Object.values(all).some(({ weight }) => weight > 0), 'at least one weight must be above 0')
    .refine(
      (all) => stepWeight(all, 'confirm') <= stepWeight(all, 'request'),
      'confirm must not come more often than request: each attendance is confirmed once',
    ),
  day: z
    .strictObject({
      hours: z
        .array(z.number().min(0))
        .length(24)
        .refine((hours) => hours.some((rate) => rate > 0), 'all are 0'),
      lessons: z.array(z.number().int().min(1).max(23)),
    })
    .optional(),
  tenants: z.strictObject({ count, exponent }),
  users: z.strictObject({ manager: count, teacher: count, student: count, parent: count, super_admin: count }),
  data: z
    .strictObject({
      scale: positive.default(1),
      members: count,
      classes: count,
      pendingAttendances: z.number().int().min(0),
      checkInStudents: z.number().int().min(1).max(100),
      readExponent: exponent,
      dates: z.array(z.iso.date()).min(1),
      datesExponent: exponent,
    })
    .transform(({ scale, ...data }) => ({
      ...data,
      members: Math.max(1, Math.round(data.members * scale)),
      classes: Math.max(1, Math.round(data.classes * scale)),
      pendingAttendances: Math.round(data.pendingAttendances * scale),
    })),
  confirmAfterSeconds: z.number().min(0),
});

/** What the workload file says, the curve of its day, and the SHA-256 of its text. */
export interface Model extends z.infer<typeof schema>, Pick<RateModel, 'dayCurve'> {
  hash: string;
}

/** How often a step comes in all journeys, in the unit of their weights. */
export function stepWeight(
  journeys: Record<string, { weight: number; steps: readonly string[] }>,
  step: string,
): number {
  return Object.values(journeys).reduce(
    (sum, { weight, steps }) => sum + weight * steps.filter((one) => one === step).length,
    0,
  );
}

/**
 * Reads a workload file. Throws a usage Failure that names line and field.
 * @param name the file's name, for messages
 */
export function readModel(yamlText: string, name = 'workload file'): Model {
  const hint = 'mend that line; loadtests/workload/ams.yaml is an example that works';
  const read = readYaml(yamlText, schema, { name, code: 'workload.malformed', hint });
  return {
    ...read,
    ...(read.day && { dayCurve: dayOf(read.day, Object.values(read.journeys)).curve }),
    hash: createHash('sha256').update(yamlText).digest('hex'),
  };
}
