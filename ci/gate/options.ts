// The words of `npm run gate` made into values, or a usage Failure that says which word is wrong.
import type { Context, OptionSpec } from '../../cli/command.ts';
import type { Rule } from './decide.ts';
import { MINUTES, RULE, SEED } from './defaults.ts';
import { failures } from './failures.ts';
import { PLANT_EXAMPLES, type Plant, readPlant } from './plant/plants.ts';

export const OPTIONS: Record<string, OptionSpec> = {
  base: { type: 'string', value: 'REF', help: 'build to compare with (default: merge base with the default branch)' },
  self: { type: 'boolean', help: 'head against itself on purpose: tries the gate, says nothing of a change' },
  smoke: { type: 'boolean', help: 'head against the objectives only: one start, no base' },
  counters: { type: 'boolean', help: 'only the counters: statements, commands, events, bytes; under a minute' },
  'no-counters': { type: 'boolean', help: 'leave the counters out' },
  plant: {
    type: 'string',
    value: 'KIND:ARGS',
    help: [
      'try the gate: worsen head from outside',
      ...PLANT_EXAMPLES.map(({ example, does }) => `${' '.repeat(29)}${example.padEnd(21)} ${does}`),
    ].join('\n'),
  },
  tolerance: {
    type: 'string',
    value: 'P%',
    help: 'slowdown that is never passed',
    default: `${RULE.tolerance * 100}%`,
  },
  pairs: { type: 'string', value: 'N', help: 'most pairs before it says INCONCLUSIVE', default: `${RULE.pairCap}` },
  minutes: { type: 'string', value: 'N', help: 'most minutes until the verdict', default: `${MINUTES}` },
  seed: { type: 'string', value: 'N', help: 'seed of the first plan', default: `${SEED}` },
  service: { type: 'string', value: 'FILE', help: 'the service file', default: 'system/service.yaml' },
  out: { type: 'string', value: 'DIR', help: 'folder of the reports (default reports/gate)' },
};

export interface GateOptions {
  base?: string;
  /** Both arms may be the same build. */
  self: boolean;
  /** One part of the gate alone. */
  only?: 'smoke' | 'counters';
  /** Whether counters come before the pairs. */
  counters: boolean;
  minutes: number;
  plant?: Plant;
  rule: Rule;
  seed: number;
  service: string;
  out?: string;
}

const EXCLUSIVE = [
  ['smoke', 'base'],
  ['smoke', 'self'],
  ['smoke', 'counters'],
  ['self', 'base'],
  ['counters', 'no-counters'],
] as const;

/** Reads the options. Throws a Failure with exit code 2 on anything that is not understood. */
export function readOptions({ words, options }: Pick<Context, 'words' | 'options'>): GateOptions {
  if (words.length > 0) throw failures.words(words);
  const text = (name: string) => (typeof options[name] === 'string' ? options[name] : undefined);
  const isSet = (name: string) => options[name] !== undefined && options[name] !== false;
  for (const [one, other] of EXCLUSIVE) if (isSet(one) && isSet(other)) throw failures.exclusive(one, other);
  const self = options.self === true;
  const [base, out, plant] = [self ? 'HEAD' : text('base'), text('out'), text('plant')];
  const only = options.smoke === true ? 'smoke' : options.counters === true ? 'counters' : undefined;
  return {
    ...(base !== undefined && { base }),
    ...(out !== undefined && { out }),
    ...(plant !== undefined && { plant: readPlant(plant) }),
    ...(only !== undefined && { only }),
    self,
    counters: options['no-counters'] !== true && only !== 'smoke',
    minutes: readCount('minutes', text('minutes') ?? `${MINUTES}`, 1),
    service: text('service') ?? 'system/service.yaml',
    rule: {
      tolerance: readTolerance(text('tolerance') ?? `${RULE.tolerance * 100}%`),
      pairCap: readCount('pairs', text('pairs') ?? `${RULE.pairCap}`, RULE.looks[0]),
    },
    seed: readCount('seed', text('seed') ?? `${SEED}`, 0),
  };
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
