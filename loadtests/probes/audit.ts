// After a run: is everything that the service acknowledged also published and projected? The service's own audit hook answers.
import { z } from 'zod';
import { failures } from '../run/failures.ts';
import type { Sample } from '../run/samples.ts';
import type { Acknowledged } from '../run/send.ts';
import type { Plan } from '../workload/plan.ts';

const schema = z.object({
  acknowledged: z.number().int(),
  published: z.number().int(),
  projected: z.number().int(),
  missing: z.array(z.object({ id: z.string(), version: z.number(), where: z.string(), why: z.string() })),
});

export type Audit =
  | ({ checked: true; whole: boolean } & z.infer<typeof schema>)
  | { checked: false; acknowledged: number; why: string };

/**
 * What the samples of a plan show as acknowledged: commands answered with a success and a version, and all that a bulk
 * command holds, warm-up included.
 */
export async function acknowledgedIn(
  plan: Plan,
  samples: AsyncIterable<Sample> | Iterable<Sample>,
): Promise<Acknowledged[]> {
  const found: Acknowledged[] = [];
  for await (const { index, version, status } of samples) {
    const { aggregateId: id, acknowledges } = plan.arrivals[index]!;
    if (id !== undefined && version !== undefined) found.push({ id, version });
    if (acknowledges && status >= 200 && status < 300) found.push(...acknowledges);
  }
  return found;
}

/**
 * Asks the audit hook about every acknowledged (id, version).
 * Throws `audit.malformed` when its answer is none.
 * @param ask runs the hook: JSON in, its standard output out; undefined when the service has no such hook
 */
export async function audit(
  acknowledged: Acknowledged[],
  ask: (stdin: string) => Promise<string | undefined>,
): Promise<Audit> {
  const out = await ask(JSON.stringify({ acknowledged }));
  if (out === undefined) {
    return { checked: false, acknowledged: acknowledged.length, why: 'the service file names no audit hook' };
  }
  let answer: unknown;
  try {
    answer = JSON.parse(out);
  } catch (error) {
    throw failures.audit((error as Error).message);
  }
  const parsed = schema.safeParse(answer);
  if (!parsed.success) throw failures.audit(z.prettifyError(parsed.error));
  const { missing, acknowledged: counted, published, projected } = parsed.data;
  const whole = missing.length === 0 && counted === published && counted === projected;
  return { checked: true, whole, ...parsed.data };
}
