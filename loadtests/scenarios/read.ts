// The scenarios: one small file each in this folder, and what a workload file may add. Text in, checked scenarios out.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { phaseLimit } from '../run/phase-limits.ts';
import { ARRIVALS } from '../workload/arrivals.ts';
import { minuteOf, type Scenario } from '../workload/scenario.ts';
import { readYaml } from './yaml.ts';

const seconds = z.number().positive();
const rate = z.union(
  [z.number().min(0), z.enum(['average', 'peak'])],
  'a multiple of the average rate, average or peak',
);
const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'HH:MM');

const phase = z
  .strictObject({
    name: z.string().min(1),
    kind: z.enum(['warm-up', 'ramp', 'hold', 'recover']),
    seconds: seconds.optional(),
    rate: rate.optional(),
    from: rate.optional(),
    to: rate.optional(),
    rise: z.strictObject({ from: rate, by: z.number().positive(), to: rate }).optional(),
    day: z
      .strictObject({ from: time, to: time, speed: z.number().positive() })
      .refine(({ from, to }) => minuteOf(from) < minuteOf(to), 'from must be before to')
      .optional(),
  })
  .refine(({ rate, from, to, rise, day }) => {
    const line = from !== undefined && to !== undefined;
    return (
      (from === undefined) === (to === undefined) &&
      [rate, line || undefined, rise, day].filter((one) => one !== undefined).length === 1
    );
  }, 'says its rate in one way: rate, from and to, rise, or day')
  .refine(
    ({ seconds, day }) => (seconds === undefined) === (day !== undefined),
    'has seconds, or a day with its speed',
  );

const phases = z
  .array(phase)
  .min(1)
  .refine((all) => all.some(({ kind }) => kind !== 'warm-up'), 'nothing but a warm-up')
  .refine(
    (all) =>
      all.findLastIndex(({ kind }) => kind === 'warm-up') <
      Math.max(
        1,
        all.findIndex(({ kind }) => kind !== 'warm-up'),
      ),
    'a warm-up comes before everything else',
  )
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'every phase has a name of its own');

const full = {
  about: z.string().optional(),
  phases,
  arrivals: z.enum(ARRIVALS).optional(),
  findsLimit: z.literal(true).optional(),
  stopWhenMissed: z.literal(true).optional(),
  limits: z.array(phaseLimit).optional(),
};

/** A scenario as a workload file may have it among its own, in full or in short. */
export const scenario = z.union([
  z.strictObject({ rate, seconds, warmUpSeconds: z.number().min(0) }),
  z.strictObject(full),
]);

const file = z.strictObject({ schema: z.literal('amsperf/scenario/v1'), ...full });

/** Text of a scenario file in, the scenario out. Throws `scenario.malformed` with line and field. */
export function readScenario(yamlText: string, name: string): Scenario {
  const messages = {
    name,
    code: 'scenario.malformed',
    hint: 'mend that line; loadtests/scenarios/peak.yaml is an example that works',
  };
  const { schema: _, ...read } = readYaml(yamlText, file, messages);
  return read as Scenario;
}

/** Every scenario of this folder by its name, in the order of the names. */
export async function readScenarios(folder = import.meta.dirname): Promise<Record<string, Scenario>> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort();
  const read = files.map(async (name) => [
    path.basename(name, '.yaml'),
    readScenario(await readFile(path.join(folder, name), 'utf8'), `loadtests/scenarios/${name}`),
  ]);
  return Object.fromEntries(await Promise.all(read));
}
