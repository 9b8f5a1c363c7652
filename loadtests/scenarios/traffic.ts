// What the words of a command line make of a workload and a scenario: a model of the asked size, the draw, the scenario's limits.
import { randomInt } from 'node:crypto';
import { type OptionSpec, positive, usage } from '../../cli/command.ts';
import type { PhaseLimit } from '../run/phase-limits.ts';
import { ARRIVALS, type ArrivalKind } from '../workload/arrivals.ts';
import { type Draw, lasting } from '../workload/draw.ts';
import { type Scenario, type ShortScenario, scenarioDraw } from '../workload/scenario.ts';
import type { ModelBase, Size, Workload } from '../workload/workload.ts';

/** Options of every command that takes a scenario. */
export const TRAFFIC_OPTIONS: Record<string, OptionSpec> = {
  seed: { type: 'string', value: 'N', help: 'the same seed draws the same requests (default: a random one)' },
  seconds: { type: 'string', value: 'N', help: 'measured time behind the warm-up (default: that of the scenario)' },
  growth: {
    type: 'string',
    value: 'X',
    help: 'traffic, users and data so many times as much: 1.5, or 8%x12 for 12 months at 8 %',
  },
  scale: { type: 'string', value: 'X', help: 'a data set so many times as large, with the same traffic' },
  arrivals: { type: 'string', value: 'KIND', help: 'poisson (default) or even' },
};

export interface Traffic {
  model: ModelBase;
  draw: Draw;
  limits: PhaseLimit[];
}

/** So much above the peak the same people can still ask without coming near a user's limit. */
const ROOM = 1.1;

type Options = Record<string, string | boolean | undefined>;

/** Throws a usage Failure for an unknown scenario and for options that say nothing. */
export function trafficOf(workload: Workload, model: ModelBase, name: string, options: Options): Traffic {
  const growth = options.growth === undefined ? 1 : growthOf(String(options.growth));
  const scale = options.scale === undefined ? 1 : positive('scale', options.scale, 'times');
  if (scale !== 1 && !workload.sized) throw usage('this workload has a data set of one size only', 'leave --scale out');
  const seed = options.seed === undefined ? randomInt(1, 2 ** 31) : wholeSeed(options.seed);
  const grown = grownBy(workload, model, { rate: growth });
  const asked = scenarioDraw(grown, name, seed);
  const draw = options.seconds === undefined ? asked : lasting(asked, positive('seconds', options.seconds, 'seconds'));
  // Beyond the peak there are more people, not people who ask more often than a person is let.
  const beyond = draw.ratePerSecond / (grown.averageRatePerSecond * grown.peakFactor);
  const more = growth * (beyond > ROOM ? beyond : 1);
  return {
    model: grownBy(workload, model, { rate: growth, users: more, data: more * scale }),
    draw: options.arrivals === undefined ? draw : { ...draw, arrivals: kindOf(String(options.arrivals)) },
    limits: limitsOf(model.scenarios[name]!),
  };
}

const limitsOf = (scenario: Scenario | ShortScenario) => ('phases' in scenario ? (scenario.limits ?? []) : []);

function grownBy(workload: Workload, model: ModelBase, size: Size): ModelBase {
  if (workload.sized) return workload.sized(model, size);
  return { ...model, averageRatePerSecond: model.averageRatePerSecond * (size.rate ?? 1) };
}

/** A factor, `1.5`, or so many months at a rate, `8%x12`. */
export function growthOf(value: string): number {
  const months = /^(\d+(?:\.\d+)?)%x(\d+)$/.exec(value);
  if (months) return (1 + Number(months[1]) / 100) ** Number(months[2]);
  const factor = Number(value);
  if (value.trim() !== '' && factor > 0 && Number.isFinite(factor)) return factor;
  throw usage(`--growth is a factor or a monthly rate, not "${value}"`, '--growth 1.5, or --growth 8%x12');
}

function kindOf(value: string): ArrivalKind {
  const kind = ARRIVALS.find((one) => one === value);
  if (!kind) throw usage(`--arrivals must be one of ${ARRIVALS.join(', ')}`, '--arrivals even');
  return kind;
}

function wholeSeed(value: string | boolean): number {
  const seed = positive('seed', value, '');
  if (!Number.isInteger(seed) || seed >= 2 ** 31) throw usage('--seed must be a whole number below 2^31', '--seed 7');
  return seed;
}
