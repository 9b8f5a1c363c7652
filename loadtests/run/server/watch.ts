// Looks at the system every few seconds of a run: CPU and memory of every process, the panels of its metrics, and our own clock.
import { setTimeout as delay } from 'node:timers/promises';
import { type ExposedSample, readLine } from '../../../slo/source/exposition.ts';
import type { Panel } from '../../../system/local/service-spec.ts';
import { startClockWatch } from './clock.ts';
import { type Line, type PanelLines, type Scrape, startPanels } from './panels.ts';

/** The server's side of a run, on one time axis. */
export interface ServerSide {
  /** Of each reading, from the start of the plan; before it negative. */
  atMs: number[];
  /** CPU and memory by process first, then what the service file names. */
  panels: PanelLines[];
  /** Readings of metrics that failed: the lines have gaps there. */
  failed: number;
}

export const CPU_PANEL = 'CPU by process';
export const MEMORY_PANEL = 'Memory by process';

export interface Watched {
  cpuMs(): Record<string, number>;
  rssBytes(): Record<string, number>;
  /** Where the metrics of each process are. */
  metrics: { process: string; url: string }[];
}

export interface ServerWatch {
  /** Ends it. @param startedAtMs epoch ms of the plan's time zero */
  stop(startedAtMs: number): Promise<ServerSide>;
  /** The largest jump of the wall clock so far, in ms. */
  clockJumpMs(): number;
}

const SHORTEST_MS = 2000;
const BYTES_PER_MIB = 2 ** 20;

/** Starts to look. Never throws: what cannot be read is a gap. @param everyMs at least 2 s */
export function watchServer(system: Watched, panels: readonly Panel[], everyMs: number): ServerWatch {
  const pauseMs = Math.max(SHORTEST_MS, everyMs);
  const ended = new AbortController();
  const clock = startClockWatch();
  const scraped = startPanels(panels);
  const [cpu, memory] = [startLines(), startLines()];
  const at: number[] = [];
  let failed = 0;
  let before = { at: performance.now(), cpuMs: system.cpuMs() };

  async function look(): Promise<void> {
    clock.look();
    const scrapes = await Promise.all(
      panels.length > 0 ? system.metrics.map((one) => scrape(one.process, one.url, pauseMs)) : [],
    );
    failed += scrapes.filter((one) => one === undefined).length;
    const now = { at: performance.now(), cpuMs: system.cpuMs() };
    const cores = Object.entries(now.cpuMs).map(([name, ms]): [string, number] => [
      name,
      Math.max(0, ms - (before.cpuMs[name] ?? 0)) / (now.at - before.at),
    ]);
    cpu.add(cores);
    memory.add(Object.entries(system.rssBytes()).map(([name, bytes]) => [name, bytes / BYTES_PER_MIB]));
    scraped.add(
      now.at,
      scrapes.filter((one) => one !== undefined),
    );
    at.push(Date.now());
    before = now;
  }
  const looking = (async () => {
    while (!ended.signal.aborted) {
      await delay(pauseMs, undefined, { signal: ended.signal }).catch(() => {});
      if (!ended.signal.aborted) await look();
    }
  })();
  return {
    clockJumpMs: () => clock.look(),
    async stop(startedAtMs) {
      ended.abort();
      await looking;
      return {
        atMs: at.map((epochMs) => epochMs - startedAtMs),
        panels: [
          { title: CPU_PANEL, unit: 'cores', lines: cpu.lines() },
          { title: MEMORY_PANEL, unit: 'MiB', lines: memory.lines() },
          ...scraped.lines(),
        ].filter(({ lines }) => lines.length > 0),
        failed,
      };
    },
  };
}

async function scrape(process: string, url: string, timeoutMs: number): Promise<Scrape | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    const text = await answer.text();
    return answer.ok ? { process, samples: readSamples(text) } : undefined;
  } catch {
    return undefined;
  }
}

/** Samples of a text of metrics; lines that are none are left out. */
export function readSamples(text: string): ExposedSample[] {
  return text.split('\n').flatMap((line) => {
    const found = readLine(line);
    return found.kind === 'sample' ? [found.sample] : [];
  });
}

function startLines() {
  const lines = new Map<string, Line>();
  let readings = 0;
  return {
    add(values: [string, number][]): void {
      for (const [name, value] of values) {
        const line = lines.get(name) ?? { name, values: Array(readings).fill(null) };
        lines.set(name, line);
        line.values.push(value);
      }
      readings++;
      for (const { values } of lines.values()) if (values.length < readings) values.push(null);
    },
    lines: () => [...lines.values()],
  };
}
