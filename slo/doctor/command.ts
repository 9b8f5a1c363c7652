// `npm run slo -- doctor`: a /metrics, a Prometheus or a recorded file in, what would make rules silent or false out, in words.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, type Context, type Outcome, positive, usage } from '../../cli/command.ts';
import { EXIT } from '../../cli/exit.ts';
import { table } from '../../cli/table.ts';
import { type Objective, readAllObjectives } from '../objectives/read.ts';
import { objectivesDir } from '../paths.ts';
import { DEFAULT_SOURCE, openSource } from '../source/source.ts';
import { checkBuckets } from './checks/buckets.ts';
import { checkLabels, checkValues } from './checks/labels.ts';
import { checkUnits } from './checks/units.ts';
import { checkFalling, checkNumbers } from './checks/values.ts';
import type { Finding } from './finding.ts';
import { type Looked, lookAtPrometheus } from './prometheus.ts';
import { scrape } from './scrape.ts';

export const command: Command = {
  name: 'slo -- doctor',
  summary: 'Looks at a live /metrics or Prometheus: what would make an objective blind or false, in words.',
  words: '[URL of a /metrics or of a Prometheus | recorded file]',
  options: {
    wait: { type: 'string', value: 'SECONDS', help: 'between two scrapes of a /metrics', default: '2' },
  },
  examples: [
    { line: 'npm run slo -- doctor', does: `looks at the Prometheus of npm run stack -- up (${DEFAULT_SOURCE})` },
    { line: 'npm run slo -- doctor http://127.0.0.1:8080/metrics', does: 'looks at one process, with two scrapes' },
    { line: 'npm run slo -- doctor recorded.om', does: 'looks at the last moment of a recorded file' },
  ],
  run: (context) => doctor(context, Date.now() / 1000),
};

/** @param nowSeconds the moment at which a Prometheus is looked at; of a recorded file it is the last sample */
export async function doctor(context: Context, nowSeconds: number): Promise<Outcome> {
  const { words, options, signal } = context;
  if (words.length > 1) throw usage('doctor looks at one thing at a time', 'npm run slo -- doctor --help');
  const waitMs = positive('wait', options.wait, 'seconds') * 1000;
  const target = (words[0] ?? DEFAULT_SOURCE).replace(/\/+$/, '');
  const objectives = await readAllObjectives(objectivesDir);
  const isUrl = /^https?:\/\//.test(target);
  const isProcess = isUrl && !(await isPrometheus(target, signal));
  const looked = isProcess
    ? await lookAtProcess(metricsUrl(target), objectives, waitMs, context)
    : await lookAtSource(target, objectives, nowSeconds, context);
  return outcomeOf(target, looked);
}

async function isPrometheus(url: string, signal: AbortSignal): Promise<boolean> {
  if (url.endsWith('/metrics')) return false;
  try {
    const answer = await fetch(`${url}/api/v1/status/buildinfo`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
    });
    return ((await answer.json()) as { status?: string }).status === 'success';
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/** An address without a path means its /metrics. */
const metricsUrl = (url: string) => (new URL(url).pathname === '/' ? `${url}/metrics` : url);

async function lookAtProcess(
  url: string,
  objectives: readonly Objective[],
  waitMs: number,
  { progress, signal }: Context,
): Promise<Looked> {
  progress.step(`scraping ${url} twice`);
  const first = await scrape(url, signal);
  await sleep(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  const second = await scrape(url, signal);
  progress.note(`${second.samples.length} series, ${(second.bytes / 1000).toFixed(0)} kB`);
  return {
    series: second.samples.length,
    findings: [
      ...second.findings,
      ...checkLabels(second, objectives, true),
      ...checkBuckets(second, objectives),
      ...checkUnits(second),
      ...checkNumbers(second),
      ...checkFalling(first, second),
      ...checkValues(second),
    ],
  };
}

async function lookAtSource(
  target: string,
  objectives: readonly Objective[],
  nowSeconds: number,
  { progress, signal }: Context,
): Promise<Looked> {
  const source = await openSource(target, { progress, signal });
  try {
    progress.step(`looking at ${target}`);
    return await lookAtPrometheus(source, objectives, source.extent?.toSeconds ?? nowSeconds);
  } finally {
    await source.stop();
  }
}

function outcomeOf(target: string, { findings, series }: Looked): Outcome {
  const bad = findings.filter(({ level }) => level === 'wrong');
  const sorted = [...bad, ...findings.filter(({ level }) => level === 'note')];
  const details = sorted.map(lineOf);
  return {
    exitCode: bad.length === 0 ? EXIT.pass : EXIT.regression,
    data: { target, series, findings: sorted },
    text: [
      ...details,
      ...(sorted.length > 0
        ? [
            '',
            table(
              ['check', 'level', 'where'],
              sorted.map(({ check, level, where }) => [
                check,
                level,
                where.length > 80 ? `${where.slice(0, 79)}…` : where,
              ]),
            ),
            '',
          ]
        : []),
      `${target}: ${series} series looked at, ${bad.length} things wrong, ${sorted.length - bad.length} notes`,
      bad.length === 0 ? 'next: npm run slo -- budget' : 'next: mend the first one and look again',
    ].join('\n'),
  };
}

const lineOf = ({ level, check, where, what, todo }: Finding) =>
  `${level} ${check}: ${where}\n    ${what}\n    ${todo}`;
