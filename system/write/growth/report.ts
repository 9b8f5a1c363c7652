// The growth report as text: tables with their growth, the state of the server in a few lines, and what should be done. Pure.
import type { Snapshot } from './measure.ts';
import { type Finding, type Growth, RULES, size } from './rules.ts';

export const TABLE_HEADER = ['table', 'rows', 'dead', 'size', 'of it indexes', 'size/day', 'rows/day'];

/** A row for each table, under `TABLE_HEADER`. */
export function tableRows({ tables }: Snapshot, growth: Growth | null): string[][] {
  return tables.map(({ name, rows, deadRows, bytes, indexBytes }) => {
    const grown = growth?.tables.get(name);
    return [
      name,
      String(rows),
      String(deadRows),
      size(bytes),
      size(indexBytes),
      grown ? size(grown.bytesPerDay) : '',
      grown ? String(Math.round(grown.rowsPerDay)) : '',
    ];
  });
}

export function serverText(snapshot: Snapshot, growth: Growth | null): string {
  const { outbox, oldestTransaction, replicas, connections } = snapshot;
  const lag = replicas.map(({ name, lagSeconds, lagBytes }) => `${name} ${lagSeconds.toFixed(1)} s, ${size(lagBytes)}`);
  const lines: [string, string][] = [
    ['database', `${size(snapshot.bytes)}, memory for caching ${size(snapshot.cacheBytes)}`],
    [
      'hits',
      snapshot.hitRatio === null ? 'nothing was read yet' : `${(100 * snapshot.hitRatio).toFixed(2)} % of the blocks`,
    ],
    [
      'growth',
      growth
        ? `${size(growth.databaseBytesPerDay)} a day and ${growth.commitsPerSecond.toFixed(1)} commits/s, over ${growth.days.toFixed(2)} days`
        : 'unknown: two snapshots at least a minute apart are needed (--keep FILE)',
    ],
    [
      'outbox',
      `${outbox.partitions} partitions, ${Math.round(outbox.idsAhead)} transactions ahead, oldest event ${Math.round(outbox.oldestSeconds)} s`,
    ],
    [
      'oldest transaction',
      oldestTransaction
        ? `${oldestTransaction.seconds.toFixed(1)} s (${oldestTransaction.application})`
        : 'none is open',
    ],
    [
      'transaction ids',
      `${Math.round(snapshot.xidAge)} since the oldest frozen, forced vacuum at ${snapshot.freezeAt}`,
    ],
    ['connections', `${connections.used} of ${connections.limit}`],
    ['replicas', lag.join('; ') || 'none'],
  ];
  return lines.map(([name, text]) => `${name.padEnd(20)}${text}`).join('\n');
}

export function findingsText(findings: Finding[]): string {
  if (findings.length === 0) return `nothing is due: ${RULES.length} rules looked at it`;
  const reasons = new Map(RULES.map(({ name, reason }) => [name, reason]));
  return findings
    .map(({ rule, subject, seen, next }) => `${rule}: ${subject}: ${seen}\n  do:  ${next}\n  why: ${reasons.get(rule)}`)
    .join('\n');
}
