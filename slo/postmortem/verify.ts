// Asks every figure of a record again, and reads the documents: which figures are no longer what was printed.

import path from 'node:path';
import type { Source } from '../source/source.ts';
import { answers, versionOf } from './ask.ts';
import { type Evidence, type Figure, parseEvidence } from './figure.ts';
import { HTML_FIGURE } from './html.ts';
import { MARKDOWN_FIGURE, TO_WRITE } from './markdown.ts';
import { parseRecord } from './record.ts';
import { RECORD_FILES, readRecordFile } from './records.ts';
import { printed } from './units.ts';

export interface Difference {
  figure: string;
  /** `evidence.yaml`, or file and line of the document. */
  where: string;
  stands: string;
  /** What the source answers now, or what the evidence says for a document. */
  is: string;
}

export interface Verified {
  /** Figures that were asked again, and places of documents that were read. */
  asked: number;
  places: number;
  differences: Difference[];
  /** Versions of the Prometheus that answered when the record was written, and now. */
  prometheus: { written: string; now: string };
  /** Figures of a log, when none was given. */
  notAsked: string[];
  /** Sections that nobody has written yet. */
  toWrite: number;
}

export interface ReadRecord {
  evidence: Evidence;
  documents: { file: string; text: string }[];
}

/** Reads a record. Throws a Failure when a file is missing or malformed (with file and line). */
export async function readRecordFolder(folder: string): Promise<ReadRecord> {
  const read = async (file: string) => ({ file, text: await readRecordFile(folder, file) });
  const [story, evidence, page] = await Promise.all([
    read(RECORD_FILES.story),
    read(RECORD_FILES.evidence),
    read(RECORD_FILES.page),
  ]);
  parseRecord(story.text, path.join(folder, story.file));
  return { evidence: parseEvidence(evidence.text, path.join(folder, evidence.file)), documents: [story, page] };
}

/** @param logFile for the figures that are counted in a log */
export async function verify(record: ReadRecord, source: Source, logFile?: string): Promise<Verified> {
  const { figures } = record.evidence;
  const found = await answers(source, figures, logFile);
  const notAsked = figures.filter(({ id }) => found.get(id) === 'unasked').map(({ id }) => id);
  const places = record.documents.flatMap(({ file, text }) => placesOf(file, text, figures));
  return {
    asked: figures.length - notAsked.length,
    places: places.length,
    differences: [
      ...figures.flatMap(({ id, unit, printed: stands }): Difference[] => {
        const answer = found.get(id)!;
        if (answer === 'unasked') return [];
        const is = printed(answer.value, unit);
        return is === stands ? [] : [{ figure: id, where: RECORD_FILES.evidence, stands, is }];
      }),
      ...places.filter(({ stands, is }) => stands !== is),
    ],
    prometheus: { written: record.evidence.prometheus, now: await versionOf(source) },
    notAsked,
    toWrite: record.documents[0]!.text.split(TO_WRITE).length - 1,
  };
}

/** Each place of a document that shows a figure of the evidence. */
function placesOf(file: string, text: string, figures: readonly Figure[]): Difference[] {
  const known = new Map(figures.map((figure) => [figure.id, figure.printed]));
  const pattern = file.endsWith('.html') ? HTML_FIGURE : MARKDOWN_FIGURE;
  return [...text.matchAll(pattern)].flatMap(({ index, groups }) => {
    const is = known.get(groups!.id!);
    if (is === undefined) return [];
    const line = text.slice(0, index).split('\n').length;
    return [{ figure: groups!.id!, where: `${file}:${line}`, stands: groups!.printed!, is }];
  });
}
