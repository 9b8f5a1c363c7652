// `npm run slo -- lint`: objectives of OpenSLO, Sloth or Pyrra in, what is wrong with their alerts out.
import path from 'node:path';
import { type Command, type Context, type Outcome, usage } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { table } from '../../cli/table.ts';
import { nothingChecked } from '../failures.ts';
import { placeText } from '../openslo/documents.ts';
import { objectivesDir } from '../paths.ts';
import { lintInputs, readSpecs } from './read.ts';
import { judge } from './rules.ts';
import { type Finding, type LintSpec, minutesIn, minutesToFire, minutesToPage } from './spec.ts';

export const command: Command = {
  name: 'slo -- lint',
  summary: 'Judges objectives of OpenSLO, Sloth or Pyrra: file, line, column, what and why.',
  words: '[file or folder…]',
  options: {
    'max-page-at-outage': { type: 'string', value: 'TIME', help: 'a total outage must page within', default: '25m' },
    buckets: { type: 'string', value: 'LIST', help: 'bucket bounds of histograms that the registry does not know' },
  },
  examples: [
    { line: 'npm run slo -- lint', does: 'judges slo/objectives' },
    { line: 'npm run slo -- lint sloth.yaml pyrra/', does: 'the same for specifications of Sloth, Pyrra or OpenSLO' },
  ],
  run: lint,
};

const OURS = [objectivesDir, path.join(objectivesDir, 'flows')];

async function lint({ words, options }: Context): Promise<Outcome> {
  const maxPageMinutes = minutesIn(options['max-page-at-outage']);
  if (maxPageMinutes === undefined) throw usage('--max-page-at-outage is no duration', 'for example 25m');
  const buckets = boundsOf(options.buckets);
  const { specs, findings: unread } = readSpecs(await lintInputs(words.length > 0 ? words : OURS));
  if (specs.length + unread.length === 0) throw nothingChecked('objectives');
  const findings = [...unread, ...judge(specs, { maxPageMinutes, ...(buckets && { buckets }) })];
  const errors = findings.filter(({ level }) => level === 'error').length;
  return {
    exitCode: errors === 0 ? EXIT.pass : EXIT.usage,
    data: { objectives: specs.map(row), findings },
    text: [
      ...findings.map(lineOf),
      ...(findings.length > 0 ? [''] : []),
      specs.length > 0 ? tableOf(specs) : '',
      `${specs.length} objectives, ${specs.flatMap(({ tiers }) => tiers).length} tiers: ${errors} errors, ${findings.length - errors} notes`,
    ].join('\n'),
  };
}

function boundsOf(value: string | boolean | undefined): number[] | undefined {
  if (value === undefined) return undefined;
  const bounds = String(value).split(',').map(Number);
  if (bounds.some((bound) => !Number.isFinite(bound)))
    throw usage('--buckets is no list of numbers', '--buckets 0.1,0.3');
  return bounds;
}

const lineOf = (finding: Finding) =>
  `${placeText(finding)} ${finding.level} ${finding.rule}: ${finding.what}\n    ${finding.why}`;

/** Infinity is no JSON number: null means never. */
const row = (spec: LintSpec) => ({
  name: spec.name,
  origin: spec.origin,
  target: spec.target,
  minutesToPageAtOutage: finite(minutesToPage(spec)),
  tiers: spec.tiers.map((tier) => ({
    name: tier.name,
    factor: tier.factor,
    minutesToFire: finite(minutesToFire(spec, tier)),
  })),
});
const finite = (value: number) => (Number.isFinite(value) ? Number(value.toPrecision(6)) : null);

function tableOf(specs: readonly LintSpec[]): string {
  const minutes = (value: number) => (Number.isFinite(value) ? `${value.toFixed(1)} min` : 'never');
  return table(
    ['objective', 'from', 'target', 'outage pages after', 'all tiers at a total outage'],
    specs.map((spec) => [
      spec.name,
      spec.origin,
      `${Number((spec.target * 100).toPrecision(6))} %`,
      minutes(minutesToPage(spec)),
      spec.tiers.map((tier) => `${tier.name}: ${minutes(minutesToFire(spec, tier))}`).join(', '),
    ]),
  );
}
