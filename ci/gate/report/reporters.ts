// Every report of a gate: the name of its file and the function that makes it. Adding one is one line here.
import type { GateResult } from '../result.ts';
import { annotationsReport } from './annotations.ts';
import { badgeReport } from './badge.ts';
import { commentReport } from './comment.ts';
import { gitlabReport } from './gitlab.ts';
import { htmlReport } from './html.ts';
import { jsonReport } from './json.ts';
import { junitReport } from './junit.ts';
import { markdownReport } from './markdown.ts';
import { summaryReport } from './summary.ts';

/** By file name; `result.json` comes last: whoever finds it finds all the others. */
export const REPORTERS: Readonly<Record<string, (result: GateResult) => string>> = {
  'report.html': htmlReport,
  'report.md': markdownReport,
  'comment.md': commentReport,
  'summary.md': summaryReport,
  'junit.xml': junitReport,
  'load-performance.json': gitlabReport,
  'annotations.txt': annotationsReport,
  'badge.svg': badgeReport,
  'result.json': jsonReport,
};
