// Benchmark: CPU per request of reading one member card, against a bare handler, Fastify and NestJS with the same duties.
import { rivalPackages } from '../packages.ts';
import { FLOOR, OURS, RIVAL_ARMS } from '../requests/arms.ts';
import { conditions, cpuPerRequest } from '../requests/measure.ts';
import { withParts } from '../requests/parts.ts';
import { cardCall } from '../requests/subject.ts';
import { againstFloorAndRivals } from '../requests/verdict.ts';
import type { BenchOptions, BenchResult } from '../result.ts';

export async function run(options: BenchOptions): Promise<BenchResult> {
  await rivalPackages(options);
  return withParts(options, async ({ env, tracing, headers }) => {
    const subject = { calls: () => cardCall(headers), expectedStatus: 200 };
    const figures = await cpuPerRequest([FLOOR, OURS, ...RIVAL_ARMS], subject, { ...env, ...tracing }, options);
    return againstFloorAndRivals('member-card', figures, conditions());
  });
}
