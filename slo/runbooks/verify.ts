// Asks every question of the runbooks of what its fault has shown: something must come back there, and nothing on the healthy system.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Progress } from '../../cli/progress.ts';
import { scratchDir } from '../../system/local/parts.ts';
import { scaleQuery } from '../drill/scale.ts';
import { openSource, type Series, type Source } from '../source/source.ts';
import { notRecorded } from './failures.ts';
import type { Question } from './page.ts';
import { type Instant, joinRecordings, type Recording, readRecordings, recordingsDir } from './recordings.ts';

export interface Page {
  /** Name of the alert. */
  alert: string;
  file: string;
  /** Of the page's own fault. */
  fault: string;
  questions: Question[];
}

export interface Verdict extends Question {
  alert: string;
  file: string;
  /** What it was asked of. */
  askedOf: string;
  /** Series that came back there, and on the healthy system, which are not 0. */
  inFault: number;
  inHealth: number;
  /** Undefined when it is as it must be. */
  wrong?: string;
}

/** Throws a Failure when nothing is recorded of a fault that a page is about. */
export async function verify(
  pages: Page[],
  { progress, signal, dir = recordingsDir }: { progress: Progress; signal: AbortSignal; dir?: string },
): Promise<Verdict[]> {
  const recordings = await readRecordings(dir);
  const of = ({ file, fault: own }: Page, { line, fault = own }: Question): Recording => {
    const found = recordings.find((one) => one.fault === fault);
    if (!found) throw notRecorded(`${file}:${line}`, fault);
    return found;
  };
  for (const page of pages) for (const question of page.questions) of(page, question);
  const scratch = await scratchDir();
  try {
    const file = path.join(scratch.dir, 'recordings.om');
    await joinRecordings(recordings, file, dir);
    const source = await openSource(file, { progress, signal });
    try {
      const verdicts: Verdict[] = [];
      for (const page of pages) {
        for (const question of page.questions) verdicts.push(await judge(source, page, question, of(page, question)));
      }
      return verdicts;
    } finally {
      await source.stop();
    }
  } finally {
    await rm(scratch.dir, { recursive: true, force: true });
  }
}

async function judge(source: Source, page: Page, question: Question, recording: Recording): Promise<Verdict> {
  const query = scaleQuery(question.query, recording.scale);
  const ask = async (instant: Instant) => {
    const seconds = recording.instants[instant];
    return seconds === undefined ? undefined : something(await source.instant(query, seconds, { nan: 'leave-out' }));
  };
  const inFault = (await ask(question.moment)) ?? 0;
  // Of a fault that was there from the beginning, health is what came after it.
  const inHealth = (await ask('healthy')) ?? (await ask('after')) ?? 0;
  const wrong =
    inFault === 0
      ? `returns nothing while ${recording.what}`
      : inHealth > 0 && question.always === undefined
        ? 'returns something on a healthy system, too'
        : undefined;
  const { alert, file } = page;
  return { ...question, alert, file, askedOf: recording.fault, inFault, inHealth, ...(wrong && { wrong }) };
}

/** Nothing is: no series, or only zeros. */
const something = (series: Series[]) => series.filter(({ samples }) => samples.some(([, value]) => value !== 0)).length;
