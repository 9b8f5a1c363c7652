// The summary of a job: the whole report as Markdown, within what GitHub Actions takes. Pure.
import type { GateResult } from '../result.ts';
import { fitting, markdownBlocks } from './markdown.ts';

/** GITHUB_STEP_SUMMARY: 1 MiB a step, beyond it nothing is shown (GitHub Actions, "Workflow commands"). Other steps share the page. */
export const SUMMARY_BYTES = 1024 * 1024 - 16 * 1024;

/** Some 1,000 rows of 500 characters: more than anybody reads, half of the room. */
const LIMITS = { rows: 1000, cell: 500 };

export const summaryReport = (result: GateResult): string =>
  fitting(markdownBlocks(result, LIMITS), SUMMARY_BYTES, (text) => Buffer.byteLength(text));
