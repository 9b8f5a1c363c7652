// A runbook page read: its sections and the questions it asks Prometheus, each with what is expected of the answer. Markdown in. Pure.
import { malformedMark } from './failures.ts';

/** The sections that a page must have, in this order. */
export const SECTIONS = ['Meaning', 'Impact', 'Owner', 'Diagnosis', 'Mitigation', 'Way back'];

/**
 * A query of a page. By default it must return something while the page's own fault lasts and nothing on a healthy system; a comment
 * right before it says otherwise:
 * `<!-- fault: redis-cut -->` it is about another fault, `<!-- after -->` it shows when the fault is over,
 * `<!-- always: reason -->` it is answered in health, too.
 */
export interface Question {
  line: number;
  query: string;
  /** Another fault than the page's own. */
  fault?: string;
  moment: 'fault' | 'after';
  /** Why it is answered in health, too. */
  always?: string;
}

export const sectionsOf = (page: string): string[] => [...page.matchAll(/^## (.*)$/gm)].map(([, title]) => title!);

/** Throws a Failure that names file and line for a comment that nobody reads. */
export function questionsOf(page: string, file: string): Question[] {
  return [...page.matchAll(/(?:^<!-- *(.*?) *-->\n)?^```promql\n(.*?)\n```/gms)].map(
    ({ 0: all, 1: mark, 2: query, index }) => {
      const line = page.slice(0, index + all.indexOf('```promql')).split('\n').length;
      return { line, query: query!, moment: 'fault', ...readMark(mark, `${file}:${line - 1}`) };
    },
  );
}

function readMark(mark: string | undefined, place: string): Partial<Question> {
  if (mark === undefined) return {};
  if (mark === 'after') return { moment: 'after' };
  const [, word, rest] = /^(fault|always): (\S.*)$/.exec(mark) ?? [];
  if (word === 'fault') return { fault: rest! };
  if (word === 'always') return { always: rest! };
  throw malformedMark(place, mark);
}

/** What a page tells people to run: npm scripts with the word after `--`, and services of docker compose. */
export function commandsOf(page: string): { scripts: string[]; words: string[]; services: string[] } {
  const all = (pattern: RegExp) => [...page.matchAll(pattern)].map(([, found]) => found!);
  return {
    scripts: all(/`npm run (\w+)/g),
    words: all(/`npm run slo -- (\w+)/g),
    services: all(/`docker compose (?:restart|ps|logs --tail \d+) ([\w -]+)`/g).flatMap((text) => text.split(' ')),
  };
}
