// Benchmark: CPU per request of asking for an attendance (a command), against a bare handler with the same transaction in
// one round trip, Fastify and NestJS with the same duties.
import { rivalPackages } from '../packages.ts';
import { FLOOR, OURS, RIVAL_ARMS } from '../requests/arms.ts';
import { conditions, cpuPerRequest } from '../requests/measure.ts';
import { withParts } from '../requests/parts.ts';
import { attendanceCall } from '../requests/subject.ts';
import { againstFloorAndRivals } from '../requests/verdict.ts';
import type { BenchOptions, BenchResult } from '../result.ts';

export async function run(options: BenchOptions): Promise<BenchResult> {
  await rivalPackages(options);
  return withParts(options, async ({ env, tracing, headers }) => {
    const subject = { calls: (series: string) => attendanceCall(headers, series), expectedStatus: 201 };
    const figures = await cpuPerRequest([FLOOR, OURS, ...RIVAL_ARMS], subject, { ...env, ...tracing }, options);
    return againstFloorAndRivals('attendance', figures, conditions());
  });
}
