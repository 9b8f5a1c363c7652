// The words of `npm run gate` made into values, or a usage Failure that says which word is wrong.
import type { Context, OptionSpec } from '../../cli/command.ts';
import type { Rule } from './decide.ts';
import { RULE, SEED } from './defaults.ts';
import { failures } from './failures.ts';

export const OPTIONS: Record<string, OptionSpec> = {
  base: { type: 'string', value: 'REF', help: 'build to compare with (default: merge base with the default branch)' },
  smoke: { type: 'boolean', help: 'head against the objectives only: one start, no base' },
  plant: { type: 'string', value: 'KIND:TIME', help: 'slow the head down from outside: delay:20ms or cpu:2ms' },
  tolerance: {
    type: 'string',
    value: 'P%',
    help: 'slowdown that is never passed',
    default: `${RULE.tolerance * 100}%`,
  },
  pairs: { type: 'string', value: 'N', help: 'most pairs before it says INCONCLUSIVE', default: `${RULE.pairCap}` },
  seed: { type: 'string', value: 'N', help: 'seed of the first plan', default: `${SEED}` },
  service: { type: 'string', value: 'FILE', help: 'the service file', default: 'system/service.yaml' },
  out: { type: 'string', value: 'DIR', help: 'folder of the reports (default reports/gate)' },
};

export interface Plant {
  kind: 'delay' | 'cpu';
  ms: number;
}

export interface GateOptions {
  base?: string;
  smoke: boolean;
  plant?: Plant;
  rule: Rule;
  seed: number;
  service: string;
  out?: string;
}

/** Reads the options. Throws a Failure with exit code 2 on anything that is not understood. */
export function readOptions({ words, options }: Pick<Context, 'words' | 'options'>): GateOptions {
  if (words.length > 0) throw failures.words(words);
  const text = (name: string) => (typeof options[name] === 'string' ? options[name] : undefined);
  const smoke = options.smoke === true;
  if (smoke && text('base') !== undefined) throw failures.smokeHasNoBase('base');
  const [base, out, plant] = [text('base'), text('out'), text('plant')];
  return {
    ...(base !== undefined && { base }),
    ...(out !== undefined && { out }),
    ...(plant !== undefined && { plant: readPlant(plant) }),
    smoke,
    service: text('service') ?? 'system/service.yaml',
    rule: {
      tolerance: readTolerance(text('tolerance') ?? `${RULE.tolerance * 100}%`),
      pairCap: readCount('pairs', text('pairs') ?? `${RULE.pairCap}`, RULE.looks[0]),
    },
    seed: readCount('seed', text('seed') ?? `${SEED}`, 0),
  };
}

function readPlant(value: string): Plant {
  const match = /^(delay|cpu):(\d+(?:\.\d+)?)ms$/.exec(value);
  const ms = Number(match?.[2]);
  if (!match || !(ms > 0 && ms <= 10_000)) throw failures.badPlant(value);
  return { kind: match[1] as Plant['kind'], ms };
}

function readTolerance(value: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*%$/.exec(value);
  const ratio = Number(match?.[1]) / 100;
  if (!(ratio > 0)) throw failures.badTolerance(value);
  return ratio;
}

function readCount(name: string, value: string, least: number): number {
  const count = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(count) || count < least)
    throw failures.badCount(name, value, least);
  return count;
}
