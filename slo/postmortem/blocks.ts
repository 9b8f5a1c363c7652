// A document as blocks, so that Markdown and HTML say the same. In a text, [[id]] stands for a figure and `…` for code. Pure.
import type { Figure } from './figure.ts';

export type Block =
  | { kind: 'heading'; text: string }
  | { kind: 'text'; text: string }
  | { kind: 'list'; items: string[] }
  | { kind: 'table'; header: string[]; rows: string[][] }
  /** What a person must write: stands in the Markdown only, where people write. */
  | { kind: 'write'; text: string }
  | { kind: 'picture'; id: string; title: string; text: string; svg: string; queries: string[] }
  | { kind: 'figures'; figures: Figure[] };

export interface Piece {
  kind: 'plain' | 'figure' | 'code';
  text: string;
}

/** A text cut at its figures and its code. */
export function pieces(text: string): Piece[] {
  return text
    .split(/(\[\[[a-z0-9-]+\]\]|`[^`]+`)/)
    .filter((part) => part !== '')
    .map((part): Piece => {
      if (part.startsWith('[[')) return { kind: 'figure', text: part.slice(2, -2) };
      return part.startsWith('`') ? { kind: 'code', text: part.slice(1, -1) } : { kind: 'plain', text: part };
    });
}

/** How a figure is made, below its value. */
export function originOf(figure: Figure): { query?: string; text: string } {
  if ('query' in figure) return { query: figure.query, text: `asked at ${figure.atUtc}` };
  if ('of' in figure) {
    const [a, b] = figure.of;
    const divisor = figure.times === undefined ? b : `(${b} * ${figure.times})`;
    if (figure.as === 'difference') return { text: `${a} - ${b}` };
    return { text: figure.as === 'share' ? `${a} / ${divisor}` : `1 - ${a} / ${divisor}` };
  }
  const { count, ...filter } = figure.log;
  return { text: `${count} of the log with ${JSON.stringify(filter)}` };
}
