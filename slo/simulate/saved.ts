// A table with where it comes from: what is committed as table.json and what the reports are made of.
import type { Kept } from './promises.ts';
import type { Table } from './table.ts';

export interface About {
  /** Of the whole table: every row has its own stream of it. */
  seed: number;
  date: string;
  commit: string;
  machine: string;
  node: string;
  months: number;
  trials: number;
  monthDays: number;
  scrapeSeconds: number;
}

export interface SavedTable extends Table {
  about: About;
  promises: Kept[];
}

/** JSON with one row a line, numbers to six digits: a change shows as the lines that it changes. */
export function tableText({ about, promises, alike, quiet, faults }: SavedTable): string {
  const line = (value: unknown) => JSON.stringify(value, (_, part) => rounded(part));
  const list = (rows: readonly unknown[]) => `[\n${rows.map((row) => `    ${line(row)}`).join(',\n')}\n  ]`;
  const parts = {
    about: line(about),
    promises: list(promises),
    alike: list(alike),
    quiet: list(quiet),
    faults: list(faults),
  };
  return `{\n${Object.entries(parts)
    .map(([name, text]) => `  "${name}": ${text}`)
    .join(',\n')}\n}\n`;
}

/** What a table says after it was written and read again. */
export const rounded = (part: unknown) => (typeof part === 'number' ? Number(part.toPrecision(6)) : part);
