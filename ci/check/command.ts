// `npm run check`: everything that can be known of this tree without a load, each with how much it looked at.
import type { Command, Context, Outcome } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';
import { table } from '../../cli/table.ts';
import { command as dashboards } from '../../dashboards/src/command.ts';
import { command as slo } from '../../slo/compile/check-command.ts';
import { edges, layering, lint, types } from './code.ts';
import { balancer, compose, generated } from './stack.ts';
import type { Checked } from './tools.ts';
import { workflows } from './workflows.ts';

const CHECKS: Record<string, (context: Context) => Promise<Checked>> = {
  types,
  'lint and format': lint,
  layering,
  'environment and time at the edge': edges,
  'rules: fresh, promtool': (context) => checkOf(slo, 'tests', 'rule tests', context),
  'dashboards: fresh, metrics exist': (context) => checkOf(dashboards, 'queries', 'queries', context),
  'docker-compose.yml': compose,
  'generated files of compose: fresh': generated,
  'haproxy.cfg: haproxy -c': balancer,
  'pipelines: actionlint': workflows,
};

export const command: Command = {
  name: 'check',
  summary: 'Types, lint, layering, generated files fresh, rules by promtool, dashboards and compose. Starts no server.',
  options: {},
  examples: [
    { line: 'npm run check', does: 'all of them; exit code 1 when one fails' },
    { line: 'npm run check -- --json', does: 'each check with its count and its problems' },
  ],
  run: runChecks,
};

async function runChecks(context: Context): Promise<Outcome> {
  const results: (Checked & { name: string })[] = [];
  for (const [name, check] of Object.entries(CHECKS)) {
    context.progress.step(name);
    context.signal.throwIfAborted();
    results.push({ name, ...withZero(await check(context)) });
  }
  const failed = results.filter((result) => result.problems.length > 0);
  const rows = results.map(({ name, count, unit, problems }) => [
    name,
    `${count} ${unit}`,
    problems.length === 0 ? 'ok' : `${problems.length} problems`,
  ]);
  const problems = failed.flatMap(({ name, problems }) => [
    '',
    `${name}:`,
    ...problems.map((problem) => `  ${problem}`),
  ]);
  return {
    exitCode: failed.length === 0 ? EXIT.pass : EXIT.regression,
    data: { ok: failed.length === 0, checks: results },
    text: [table(['check', 'looked at', 'result'], rows), ...problems].join('\n'),
  };
}

/** A check that looked at nothing has failed. */
function withZero(checked: Checked): Checked {
  return checked.count > 0 ? checked : { ...checked, problems: [...checked.problems, `looked at 0 ${checked.unit}`] };
}

/** The `check` word of another command, as one of ours: its Failure becomes a problem. */
async function checkOf(other: Command, countName: string, unit: string, context: Context): Promise<Checked> {
  try {
    const { data } = await other.run({ ...context, words: ['check'], options: {} });
    return { count: (data as Record<string, number>)[countName] ?? 0, unit, problems: [] };
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof Failure)) throw error;
    return { count: 1, unit, problems: [error.message, error.hint] };
  }
}
