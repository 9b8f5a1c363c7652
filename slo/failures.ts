// Every way in which an objective file, its rules or their tests can be wrong, and what to do about it.
import { EXIT } from '../cli/exit.ts';
import { Failure } from '../cli/failure.ts';

const wrong = (code: string, message: string, hint: string) => new Failure(code, message, hint, EXIT.usage);

export const noObjectives = (dir: string) =>
  wrong(
    'slo.none',
    `no SLO was found in ${dir}`,
    'an objective file ends in .yaml and holds OpenSLO v1 documents of kind SLO',
  );

export const noFile = (file: string) =>
  wrong('slo.no-file', `there is no ${file}`, 'name YAML files or folders of them');

export const unreadable = (place: string, what: string) =>
  wrong('slo.malformed', `${place}: ${what}`, 'compare with slo/objectives/ams.yaml; the format is OpenSLO v1');

export const duplicateObjective = (place: string, name: string) =>
  wrong('slo.duplicate', `${place}: a second SLO is named "${name}"`, 'give every SLO a name of its own');

export const deadTier = (name: string, tier: string, maxBurn: number) =>
  wrong(
    'slo.dead-tier',
    `SLO "${name}": the tier ${tier} can never fire, because the largest possible burn is ${maxBurn}`,
    'choose a smaller factor: factor x (1 - target) must be below 1',
  );

export const notABucket = (name: string, thresholdSeconds: number, metric: string, buckets: readonly number[]) =>
  wrong(
    'slo.no-bucket',
    `SLO "${name}": ${thresholdSeconds} s is no bucket bound of ${metric}, so its rule would be empty and silent`,
    `add the bound in system/telemetry/names.ts or choose one of ${buckets.join(', ')}`,
  );

export const unknownMetric = (name: string, metric: string) =>
  wrong(
    'slo.unknown-metric',
    `SLO "${name}": nothing exports a metric named ${metric}`,
    'metric names are listed in system/telemetry/names.ts',
  );

export const unknownLabel = (name: string, metric: string, label: string) =>
  wrong(
    'slo.unknown-label',
    `SLO "${name}": ${metric} has no label ${label}`,
    'labels are listed in system/telemetry/names.ts; Prometheus adds job and instance',
  );

export const badQuery = (name: string, query: string, why: string) =>
  wrong(
    'slo.bad-query',
    `SLO "${name}": ${why} in "${query}"`,
    'a query is one series selector: metric{label="value"}',
  );

export const stale = (files: string[]) =>
  wrong('slo.stale', `not what the objectives say: ${files.join(', ')}`, 'npm run slo -- compile');

export const refused = (what: string, output: string) =>
  wrong('slo.refused', `${what} failed:\n${output.trim()}`, 'mend the objective or the compiler, then compile again');

export const wronglyProven = (mutant: string, proof: string) =>
  wrong(
    'slo.wrongly-proven',
    `a rule test finds what was proven to be no change: ${mutant} (${proof})`,
    'mend slo/mutate/equivalent.ts: its proof does not hold',
  );

export const nothingChecked = (what: string) =>
  wrong(
    'slo.nothing-checked',
    `0 ${what} were checked`,
    'a check that checks nothing has not passed: look at its input',
  );

export const unknownObjective = (name: string, known: readonly string[]) =>
  wrong('slo.unknown-objective', `there is no objective "${name}"`, `one of: ${known.join(', ')}`);
