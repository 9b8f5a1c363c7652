// Where recordings, reports and the committed table are.
import path from 'node:path';
import type { Neighbours } from './recording.ts';

export const ROOT = path.join(import.meta.dirname, '..', '..');
/** Not committed: recordings, and what a replay writes. */
export const REPORTS = path.join(ROOT, 'reports', 'calibrate');
/** Committed: the last table that somebody stood by. */
export const TABLE_JSON = path.join(import.meta.dirname, 'table.json');
export const TABLE_MD = path.join(import.meta.dirname, 'table.md');

export const recordingFile = (neighbours: Neighbours): string => path.join(REPORTS, `${neighbours}.jsonl`);
