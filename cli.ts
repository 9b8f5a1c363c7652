// Every command of the project, one line each. `npm run <name> -- <words>` comes here through bootstrap.mjs.
import { type Command, commandOf, type Group, groupPage, helpPage, readWords } from './cli/command.ts';
import { EXIT } from './cli/exit.ts';
import { Failure } from './cli/failure.ts';

const COMMANDS: Record<string, () => Promise<{ command: Command | Group }>> = {
  gate: () => import('./ci/gate/command.ts'),
  'gate:calibrate': () => import('./ci/calibrate/command.ts'),
  'gate:comment': () => import('./ci/github/comment-command.ts'),
  history: () => import('./ci/history/command.ts'),
  load: () => import('./loadtests/run/command.ts'),
  compare: () => import('./loadtests/run/compare/command.ts'),
  saturate: () => import('./loadtests/autocannon/command.ts'),
  release: () => import('./system/release/command.ts'),
  stack: () => import('./dashboards/stack/command.ts'),
  slo: () => import('./slo/command.ts'),
  dashboards: () => import('./dashboards/src/command.ts'),
  rebuild: () => import('./system/projections/rebuild/command.ts'),
  shardkeys: () => import('./system/read/shardkeys/command.ts'),
  deadletters: () => import('./system/projections/deadletters/command.ts'),
  bench: () => import('./system/bench/command.ts'),
  growth: () => import('./system/write/growth/command.ts'),
  check: () => import('./ci/check/command.ts'),
  test: () => import('./ci/test/command.ts'),
};

const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () =>
    abort.abort(new Failure('interrupted', `ended by ${signal}`, 'start it again', EXIT.interrupted)),
  );
}

async function main([name, ...argv]: string[]): Promise<number> {
  const load = COMMANDS[name ?? ''];
  if (!load) {
    process.stderr.write(`unknown command "${name ?? ''}"\nhint: one of ${Object.keys(COMMANDS).join(', ')}\n`);
    return EXIT.usage;
  }
  const { command: found } = await load();
  if ('commands' in found && ['--help', '-h', undefined].includes(argv[0])) {
    process.stdout.write(await groupPage(found));
    return argv[0] === undefined ? EXIT.usage : EXIT.pass;
  }
  const command = 'commands' in found ? await commandOf(found, argv.shift()) : found;
  const context = readWords(command, argv, abort.signal);
  if (context.help) {
    process.stdout.write(helpPage(command));
    return EXIT.pass;
  }
  const outcome = await command.run(context);
  process.stdout.write(context.json ? `${JSON.stringify(outcome.data)}\n` : `${outcome.text}\n`);
  return outcome.exitCode;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const failure = abort.signal.aborted && abort.signal.reason instanceof Failure ? abort.signal.reason : error;
  if (failure instanceof Failure) {
    process.stderr.write(`${failure.code}: ${failure.message}\nhint: ${failure.hint}\n`);
    if (process.argv.includes('--json')) {
      process.stdout.write(
        `${JSON.stringify({ error: { code: failure.code, message: failure.message, hint: failure.hint } })}\n`,
      );
    }
    process.exitCode = failure.exitCode;
  } else throw error;
}
