// Every way in which the generated dashboard can be wrong, and what to do about it.
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';

export const stale = (file: string) =>
  new Failure('dashboards.stale', `${file} is not what dashboards/src says`, 'npm run dashboards -- build', EXIT.usage);

export const wrong = (problems: string[]) =>
  new Failure(
    'dashboards.wrong',
    `${problems.length} problems:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    'mend dashboards/src/rows.ts, hops.ts or layers/; metric names and labels are listed in system/telemetry/names.ts',
    EXIT.usage,
  );

export const nothingChecked = () =>
  new Failure(
    'dashboards.nothing-checked',
    'no panel or no query was checked',
    'a check that checks nothing has not passed: look at dashboards/src/rows.ts',
    EXIT.usage,
  );
