// YAML text of a record in, a checked value out, or a Failure that names file, line and column. Pure.
import type { z } from 'zod';
import { Failure } from '../../cli/failure.ts';
import { parseDocuments, placeText, type SourceDocument } from '../openslo/documents.ts';
import { failures } from './failures.ts';

export interface Checked<T> {
  value: T;
  /** The Failure for what is wrong at these keys. */
  malformed(keys: PropertyKey[], what: string): Failure;
}

/** @param file only for messages */
export function parseChecked<T>(yaml: string, file: string, schema: z.ZodType<T>): Checked<T> {
  const [document, ...others] = documentsOf(yaml, file);
  if (!document) throw failures.malformed(`${file}:1`, 'nothing stands there');
  if (others.length > 0) throw failures.malformed(placeText(others[0]!.at([])), 'a second document');
  const malformed = (keys: PropertyKey[], what: string) =>
    failures.malformed(placeText(document.at(keys)), `${keys.join('.') || 'document'}: ${what}`);
  const parsed = schema.safeParse(document.value);
  if (parsed.success) return { value: parsed.data, malformed };
  const issue = parsed.error.issues[0]!;
  throw malformed(issue.path, issue.message);
}

function documentsOf(yaml: string, file: string): SourceDocument[] {
  try {
    return parseDocuments(yaml, file);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // It speaks of objectives: the place and what is wrong there stay, the hint is ours.
    const { 1: place = file, 2: what = error.message } = /^(.*?:\d+:\d+): (.*)$/s.exec(error.message) ?? [];
    throw failures.malformed(place, what);
  }
}
