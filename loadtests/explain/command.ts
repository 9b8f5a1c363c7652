// npm run load -- explain <scenario>: draws the load that a scenario would put on the system, and sends nothing.
import path from 'node:path';
import { type Context, type Outcome, usage } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { readService } from '../../system/local/service-spec.ts';
import { shownPath, writeWhole } from '../run/result.ts';
import { trafficOf } from '../scenarios/traffic.ts';
import { openWorkload } from '../workload/workload.ts';
import { readCounted } from './counted.ts';
import { explainPlan } from './explain.ts';
import { explanationHtml } from './html.ts';
import { type Explanation, explanationText } from './text.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
/** Where a gate leaves what it has counted. */
const COUNTED = path.join(ROOT, 'reports', 'gate', 'result.json');

/** @param context its first word is the scenario; options as those of a run */
export async function explain(context: Context): Promise<Outcome> {
  const [scenario, ...more] = context.words;
  if (scenario === undefined || more.length > 0) {
    throw usage('name one scenario to explain', 'for example npm run load -- explain peak');
  }
  const spec = await readService(path.resolve(ROOT, String(context.options.service)));
  const opened = await openWorkload(spec.root, spec.workload);
  const { workload } = opened;
  const { model, draw } = trafficOf(workload, opened.model, scenario, context.options);
  const plan = workload.drawPlan(model, draw);
  const found = opened.model.scenarios[scenario]!;
  const explanation: Explanation = {
    scenario,
    about: ('phases' in found ? found.about : undefined) ?? 'a warm-up and a hold.',
    seed: draw.seed,
    arrivalsAre: draw.arrivals ?? 'poisson',
    workloadHash: model.hash,
    seedCalls: workload.seedCalls(model).calls.length,
    ...explainPlan(plan, workload.limits.samplesBeyond, await readCounted(COUNTED)),
  };
  const dir = path.resolve(String(context.options.out ?? path.join(ROOT, 'reports', `explain-${scenario}`)));
  const report = path.join(dir, 'explain.html');
  await writeWhole(report, explanationHtml(explanation));
  const text = explanationText(explanation, {
    report: shownPath(report),
    next: `npm run load -- ${scenario} --seed ${draw.seed}`,
  });
  return { exitCode: EXIT.pass, text, data: { report, ...explanation } };
}
