// What Linux says of processes in /proc: when they started and how much CPU a process and all its descendants have used.
import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU in clock ticks of 10 ms on every platform that Node supports. */
const MS_PER_TICK = 10;

/** Linux has pages of 4 KiB on x86-64 and, unless its kernel was built otherwise, on arm64. */
const BYTES_PER_PAGE = 4096;

interface Stat {
  ppid: number;
  /** utime + stime of the process, and of its children that have ended and been waited for. */
  ticks: number;
  start: number;
  /** Resident set: memory that it has in RAM, shared pages included. */
  rssPages: number;
}

/** Fields of /proc/PID/stat (man 5 proc); the name in field 2 may hold blanks and brackets. */
function readStat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended: it only waits for its parent.
    if (fields[0] === 'Z') return undefined;
    const field = (number: number) => Number(fields[number - 3]);
    return {
      ppid: field(4),
      ticks: field(14) + field(15) + field(16) + field(17),
      start: field(22),
      rssPages: field(24),
    };
  } catch {
    return undefined;
  }
}

/** Start time of a process in ticks since boot, undefined when there is none: with the number it names one process for ever. */
export function startTicks(pid: number): number | undefined {
  return readStat(pid)?.start;
}

/** CPU so far in ms (user and system) of each given process together with its living and ended descendants. */
export function cpuMsOfTrees(pids: number[]): Map<number, number> {
  return sumsOfTrees(pids, ({ ticks }) => ticks * MS_PER_TICK);
}

/**
 * Resident memory in bytes of each given process together with its living descendants. Pages that several of them share
 * (PostgreSQL's buffers) count once for each: good for a course, too high as a size.
 */
export function rssBytesOfTrees(pids: number[]): Map<number, number> {
  return sumsOfTrees(pids, ({ rssPages }) => rssPages * BYTES_PER_PAGE);
}

function sumsOfTrees(pids: number[], figureOf: (stat: Stat) => number): Map<number, number> {
  const stats = new Map<number, Stat>();
  for (const entry of readdirSync('/proc')) {
    const stat = /^\d+$/.test(entry) ? readStat(Number(entry)) : undefined;
    if (stat) stats.set(Number(entry), stat);
  }
  const rootOf = (pid: number): number | undefined => {
    for (let at: number | undefined = pid; at; at = stats.get(at)?.ppid) if (pids.includes(at)) return at;
    return undefined;
  };
  const sums = new Map(pids.map((pid) => [pid, 0]));
  for (const [pid, stat] of stats) {
    const root = rootOf(pid);
    if (root !== undefined) sums.set(root, sums.get(root)! + figureOf(stat));
  }
  return sums;
}

/** CPU so far in ms that all processes of this machine used, interrupts and time stolen by the host included (man 5 proc, /proc/stat). */
export function cpuMsOfMachine(): number {
  const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]!;
  const [user, nice, system, , , irq, softirq, steal] = line.trim().split(/\s+/).slice(1).map(Number);
  return (user! + nice! + system! + irq! + softirq! + steal!) * MS_PER_TICK;
}
