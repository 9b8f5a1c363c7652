// The result as JUnit XML, which Jenkins, GitLab, Azure DevOps and CodeBuild read. Pure.
// Shape: the attributes and their order of the schema that Jenkins' xUnit plugin ships (junit-10.xsd).
import { specOf } from '../../counters/counter.ts';
import type { GateResult } from '../result.ts';
import { percent } from '../words.ts';
import { buildLine, conditions, counterRows, figure } from './cells.ts';

interface Case {
  name: string;
  /** Failed: the reason in one line, and all there is to it. Skipped: the reason. Neither: passed. */
  failure?: { message: string; text: string; kind?: 'failure' | 'error' };
  skipped?: string;
}

interface Suite {
  name: string;
  cases: Case[];
}

export function junitReport(result: GateResult): string {
  const suites = [measurement(result), counted(result), compared(result), accepted(result), objectives(result)].filter(
    (suite) => suite.cases.length > 0,
  );
  const all = suites.flatMap((suite) => suite.cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    // The schema has no number of skipped cases here, only at the suites.
    `<testsuites name="performance gate" ${totals(all).replace(/ skipped=.*/, '')} time="${result.seconds.toFixed(3)}">`,
    ...suites.map((suite, index) => suiteXml(suite, result, index === 0)),
    '</testsuites>',
    '',
  ].join('\n');
}

/** The run itself: INVALID is an error of the measurement, not a failure of the build. */
function measurement(result: GateResult): Suite {
  const failed = result.verdict === 'INVALID';
  const failure = { message: result.why[0] ?? 'INVALID', text: result.why.join('\n'), kind: 'error' as const };
  return { name: 'measurement', cases: [{ name: 'the measurement can be trusted', ...(failed && { failure }) }] };
}

/** One case a step and counter. */
function counted(result: GateResult): Suite {
  const cases = (result.counters?.totals ?? []).map((total): Case => {
    const name = `${total.step}: ${specOf(total.counter).label}`;
    if (!total.isMore) return { name };
    const rows = counterRows(result).filter(([step, counter]) => step === total.step && counter === total.counter);
    const message = `${figure(total.base)} on base, ${figure(total.head)} on head, per call`;
    return { name, failure: { message, text: rows.map((row) => row.slice(2).join('  ')).join('\n') } };
  });
  return { name: 'counters', cases };
}

/** One case a judged metric. What could not be told is skipped: it is no failure, and no success either. */
function compared(result: GateResult): Suite {
  const judged = result.effects.filter((effect) => effect.judgement !== 'not judged');
  const cases = judged.map((effect): Case => {
    const { label: name, unit } = effect;
    const message = `${percent(effect.estimate)} (${percent(effect.lower)} to ${percent(effect.upper)})`;
    const text = [
      `base ${figure(effect.base)} ${unit}, head ${figure(effect.head)} ${unit}`,
      `effect ${percent(effect.estimate)}, interval ${percent(effect.lower)} to ${percent(effect.upper)}`,
      `pairs ${result.pairs.length}, smallest effect that could have been seen ${percent(effect.detectable)}`,
    ].join('\n');
    if (effect.judgement === 'slower') return { name, failure: { message, text } };
    return effect.judgement === 'open' ? { name, skipped: `open: ${text.replaceAll('\n', '; ')}` } : { name };
  });
  return { name: 'metrics', cases };
}

/** One case an entry of ci/accepted.yaml: it fails past its day, and when a difference is beyond its bound. */
function accepted(result: GateResult): Suite {
  const cases = result.accepted.map(({ entry, state, text }): Case => {
    const fails = state === 'ended' || state === 'exceeded';
    return { name: entry.place, ...(fails && { failure: { message: state, text } }) };
  });
  return { name: 'accepted', cases };
}

/** What is asked of head alone: the objectives, and that nothing it acknowledged is lost. */
function objectives({ objectives: rows, audit }: GateResult): Suite {
  const cases = rows.map(({ name, met, detail }): Case => {
    return met ? { name } : { name, failure: { message: 'missed', text: detail } };
  });
  if (!audit?.checked) return { name: 'objectives', cases };
  const { acknowledged, published, projected, whole } = audit;
  const text = `${acknowledged} commands acknowledged, ${published} published, ${projected} projected`;
  const lost: Case = { name: 'nothing is lost', ...(!whole && { failure: { message: 'lost', text } }) };
  return { name: 'objectives', cases: [...cases, lost] };
}

function suiteXml({ name, cases }: Suite, result: GateResult, isFirst: boolean): string {
  // One gate, one duration: it stands at the first suite, so that sums come out right.
  const time = isFirst ? result.seconds.toFixed(3) : '0';
  const properties = [
    ['verdict', result.verdict],
    ['head', buildLine(result.head)],
    ...(result.base ? [['base', buildLine(result.base)]] : []),
    ['seed', String(result.load.seed)],
    ['workload', result.load.workloadHash],
  ] as [string, string][];
  return [
    `  <testsuite name="${escapeXml(name)}" ${totals(cases)} time="${time}" timestamp="${result.startedAt.slice(0, 19)}">`,
    '    <properties>',
    ...properties.map(([key, value]) => `      <property name="${key}" value="${escapeXml(value)}"/>`),
    '    </properties>',
    ...cases.map((one) => caseXml(one, name)),
    ...(isFirst
      ? [`    <system-out>${escapeXml([...conditions(result), ...result.notes].join('\n'))}</system-out>`]
      : []),
    '  </testsuite>',
  ].join('\n');
}

function caseXml({ name, failure, skipped }: Case, suite: string): string {
  const start = `    <testcase name="${escapeXml(name)}" classname="performance.${escapeXml(suite)}" time="0"`;
  if (failure) {
    const tag = failure.kind ?? 'failure';
    return `${start}>\n      <${tag} message="${escapeXml(failure.message)}" type="performance">${escapeXml(failure.text)}</${tag}>\n    </testcase>`;
  }
  return skipped === undefined
    ? `${start}/>`
    : `${start}>\n      <skipped message="${escapeXml(skipped)}"/>\n    </testcase>`;
}

function totals(cases: readonly Case[]): string {
  const failing = (kind: 'failure' | 'error') =>
    cases.filter((one) => one.failure && (one.failure.kind ?? 'failure') === kind).length;
  const skipped = cases.filter((one) => one.skipped !== undefined).length;
  return `tests="${cases.length}" failures="${failing('failure')}" errors="${failing('error')}" skipped="${skipped}"`;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;' };

/** For text and attributes. What XML 1.0 cannot hold at all (control characters, halves of a pair) becomes U+FFFD. */
function escapeXml(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must not get out
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replace(/[&<>"\n]/g, (letter) => ENTITIES[letter]!)
  );
}
