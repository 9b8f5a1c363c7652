// What a command is, and how its words are read: options in, a typed context out, help on demand.
import { parseArgs } from 'node:util';
import { EXIT, type ExitCode } from './exit.ts';
import { Failure } from './failure.ts';
import { type Progress, progressTo } from './progress.ts';

export interface OptionSpec {
  type: 'string' | 'boolean';
  /** One line for --help. */
  help: string;
  /** Name of the value in --help, for strings: `URL`, `N`. */
  value?: string;
  default?: string;
}

export interface Context {
  /** Positional words after the command's name. */
  words: string[];
  options: Record<string, string | boolean | undefined>;
  json: boolean;
  progress: Progress;
  /** Aborted by the first Ctrl-C or SIGTERM: everything started must end. */
  signal: AbortSignal;
}

/** What a command gives back: `data` is printed with --json, `text` otherwise, both on standard output. */
export interface Outcome {
  exitCode: ExitCode;
  data: unknown;
  text: string;
}

export interface Command {
  /** What stands after `npm run`; of a word of a group both, as in `slo -- lint`. */
  name: string;
  summary: string;
  /** Positional words in the usage line, for example `<scenario>`. */
  words?: string;
  options: Record<string, OptionSpec>;
  examples: { line: string; does: string }[];
  run(context: Context): Promise<Outcome>;
}

/** A command whose first word chooses another one, as in `npm run slo -- lint`. */
export interface Group {
  name: string;
  summary: string;
  commands: Record<string, () => Promise<{ command: Command }>>;
}

const COMMON: Record<string, OptionSpec> = {
  json: { type: 'boolean', help: 'one JSON object on standard output, progress on standard error' },
  help: { type: 'boolean', help: 'this page' },
};

/** The help page of one command. */
export function helpPage(command: Command): string {
  const options = Object.entries({ ...command.options, ...COMMON }).map(([name, spec]) => {
    const left = `--${name}${spec.type === 'string' ? ` ${spec.value ?? 'VALUE'}` : ''}`;
    return `  ${left.padEnd(24)} ${spec.help}${spec.default === undefined ? '' : ` (default ${spec.default})`}`;
  });
  const examples = command.examples.map((e) => `  ${e.line}\n      ${e.does}`);
  const line = command.name.includes(' -- ') ? command.name : `${command.name} --`;
  const usage = ['npm run', line, command.words, '[options]'].filter(Boolean).join(' ');
  return [command.summary, '', `usage: ${usage}`, '', ...options, '', 'examples', ...examples, ''].join('\n');
}

/** The help page of a group: one line for each of its words. */
export async function groupPage({ name, summary, commands }: Group): Promise<string> {
  const lines = await Promise.all(
    Object.entries(commands).map(async ([word, load]) => `  ${word.padEnd(16)} ${(await load()).command.summary}`),
  );
  return [
    summary,
    '',
    `usage: npm run ${name} -- <word> [options]`,
    '',
    ...lines,
    '',
    `npm run ${name} -- <word> --help`,
    '',
  ].join('\n');
}

/** The command that the first word of a group names. Throws a usage Failure when there is none. */
export async function commandOf(group: Group, word: string | undefined): Promise<Command> {
  const load = Object.hasOwn(group.commands, word ?? '') ? group.commands[word ?? ''] : undefined;
  if (load) return (await load()).command;
  const known = Object.keys(group.commands).join(', ');
  throw usage(`${group.name} needs one of the words ${known}, not "${word ?? ''}"`, `npm run ${group.name} -- --help`);
}

/** Reads the words of a command line. Throws a usage Failure on an unknown or incomplete option. */
export function readWords(command: Command, argv: string[], signal: AbortSignal): Context & { help: boolean } {
  const options = { ...command.options, ...COMMON };
  try {
    const parsed = parseArgs({
      args: argv,
      allowPositionals: true,
      options: Object.fromEntries(
        Object.entries(options).map(([name, { type, default: value }]) => [
          name,
          value === undefined ? { type } : { type, default: value },
        ]),
      ),
    });
    const values = parsed.values as Record<string, string | boolean | undefined>;
    return {
      words: parsed.positionals,
      options: values,
      json: values.json === true,
      help: values.help === true,
      progress: progressTo(process.stderr),
      signal,
    };
  } catch (error) {
    throw usage(
      (error as Error).message.split('. ')[0] ?? 'bad option',
      `npm run ${command.name}${command.name.includes(' -- ') ? '' : ' --'} --help`,
    );
  }
}

/** A mistake in the words of a command: exit code 2. */
export function usage(message: string, hint: string): Failure {
  return new Failure('usage', message, hint, EXIT.usage);
}

/** A positive number from an option, or a usage Failure that names the option. */
export function positive(name: string, value: string | boolean | undefined, unit: string): number {
  const number = Number(value);
  if (typeof value !== 'string' || !Number.isFinite(number) || number <= 0) {
    throw usage(`--${name} must be a positive number of ${unit}, not "${value}"`, `for example --${name} 10`);
  }
  return number;
}
