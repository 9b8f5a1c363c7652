// Benchmark: what metrics, log lines and sampled traces cost, as CPU per request of the API with and without them.
import { OURS, SAMPLED_SHARE } from '../requests/arms.ts';
import { conditions, cpuPerRequest } from '../requests/measure.ts';
import { withParts } from '../requests/parts.ts';
import { cardCall } from '../requests/subject.ts';
import { type BenchOptions, type BenchResult, judged } from '../result.ts';

const MOST = 1.05;

export async function run(options: BenchOptions): Promise<BenchResult> {
  return withParts(options, async ({ env, tracing, headers }) => {
    const arms = [
      { ...OURS, name: 'on', env: tracing },
      { ...OURS, name: 'off', env: { TELEMETRY: 'off' } },
    ];
    const subject = { calls: () => cardCall(headers), expectedStatus: 200 };
    const { on, off } = await cpuPerRequest(arms, subject, env, options);
    return judged({
      name: 'telemetry',
      unit: 'ms CPU per request',
      ours: on!,
      rivals: { off: off! },
      goals: [{ against: 'off', atMost: MOST }],
      notes: [
        `on: metrics, one log line a request, ${SAMPLED_SHARE * 100} % of requests traced; off: none`,
        ...conditions(),
      ],
    });
  });
}
