// What every store of the history is: lines that are only ever appended, each once.

export interface Store {
  /** For people. */
  name: string;
  /** All lines in the order in which they were appended; none when there is no store yet. */
  lines(): Promise<string[]>;
  /** Appends a line unless one with this id is there; says whether it did. Safe against others that append at the same time. */
  append(id: string, line: string): Promise<boolean>;
}

/** File of the folder and of the branch. */
export const HISTORY_FILE = 'history.jsonl';

/** The lines of a text; what stands after the last line end is a line too, if there is something. */
export function toLines(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Whether one of the lines is a record with this id. */
export function holds(lines: readonly string[], id: string): boolean {
  return lines.some((line) => {
    try {
      return (JSON.parse(line) as { id?: unknown } | null)?.id === id;
    } catch {
      return false;
    }
  });
}
