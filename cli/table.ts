/** A plain table for a terminal: columns as wide as their widest cell, numbers (cells that start with a digit, sign or ~) to the right. */
export function table(header: string[], rows: string[][]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const isNumber = header.map(
    (_, column) => rows.length > 0 && rows.every((row) => /^[-+~\d]|^$/.test(row[column] ?? '')),
  );
  const print = (row: string[]) =>
    row
      .map((cell, column) => (isNumber[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd();
  return [print(header), widths.map((w) => '-'.repeat(w)).join('  '), ...rows.map(print)].join('\n');
}
