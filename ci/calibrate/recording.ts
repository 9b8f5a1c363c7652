// A recorded pair and the line of the recording file that holds it: figures, circumstances and every response time, packed.
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Counted } from '../counters/result.ts';
import type { Slice } from '../gate/confirm.ts';
import type { Pair } from '../gate/metrics.ts';
import type { ArmName, Request, TurnSamples } from '../gate/stalls.ts';

export const SCHEMA = 'amsperf/recording/v1';

export type Neighbours = 'quiet' | 'busy';

export interface Recorded {
  schema: typeof SCHEMA;
  /** When the pair ended. */
  at: string;
  commit: string;
  dirty: boolean;
  machine: { cpu: string; cores: number; memoryBytes: number; node: string; k6: string; parts: string[] };
  load: { ratePerSecond: number; warmUpMs: number; measuredMs: number; workloadHash: string };
  /** `aa` for equal builds, otherwise as in KINDS. */
  kind: string;
  /** The plant as it was put in, with its share resolved; null for equal builds. */
  planted: string | null;
  neighbours: Neighbours;
  /** Counts the openings of arms in this file: pairs of one opening share databases, and follow each other. */
  opening: number;
  /** From starting both arms to both ended. */
  seconds: number;
  /** What opening the arms (parts, schema, data set, rehearsal) took: part of the time to a verdict. */
  openSeconds: number;
  pair: Pair;
  /** Why it cannot be trusted; empty when it can. */
  invalid: string[];
  /** What the counters said before the first pair of an opening; null at the others. */
  counted: { verdict: Counted['verdict']; why: string[]; seconds: number } | null;
  /** The arms taking turns after the last pair of an opening; null at the others. */
  confirmation: { slices: Slice[]; invalid: string[]; seconds: number } | null;
  samples: Record<ArmName, TurnSamples>;
}

/** What is left when the raw times have become figures. */
export type Judged = Omit<Recorded, 'samples'>;

/** What JSON.stringify makes of it, with the long columns packed. One line. */
export function writeLine(recorded: Recorded): string {
  const { samples, ...rest } = recorded;
  const all = [...samples.base.samples, ...samples.head.samples];
  // Both arms carry out the same arrivals: what is planned is kept once.
  const arrivals = [...new Map(all.map((request) => [request.index, request])).values()];
  const steps = [...new Set(arrivals.map(({ step }) => step))];
  const arm = ({ samples: own, ...turn }: TurnSamples) => ({
    ...turn,
    index: pack(differences(own.map(({ index }) => index))),
    lateUs: packTimes(own.map(({ startMs, plannedMs }) => startMs - plannedMs)),
    serviceUs: packTimes(own.map(({ serviceMs }) => serviceMs)),
    status: pack(own.map(({ status }) => status)),
  });
  const packed = {
    steps,
    index: pack(differences(arrivals.map(({ index }) => index))),
    step: pack(arrivals.map(({ step }) => steps.indexOf(step))),
    plannedUs: pack(differences(arrivals.map(({ plannedMs }) => Math.round(plannedMs * 1000)))),
    base: arm(samples.base),
    head: arm(samples.head),
  };
  return `${JSON.stringify({ ...rest, packed })}\n`;
}

/** The reverse. Undefined for a line that is cut off or no recorded pair. */
export function readLine(line: string): Recorded | undefined {
  try {
    const { packed, ...rest } = JSON.parse(line);
    if (rest.schema !== SCHEMA) return undefined;
    const [step, plannedMs] = [unpack(packed.step), sums(unpack(packed.plannedUs)).map((us) => us / 1000)];
    const arrivals = new Map(
      sums(unpack(packed.index)).map((index, i) => [
        index,
        { index, step: packed.steps[step[i]!] as string, plannedMs: plannedMs[i]! },
      ]),
    );
    const arm = ({ index, lateUs, serviceUs, status, ...turn }: PackedArm): TurnSamples => {
      const [late, service, statuses] = [unpack(lateUs), unpack(serviceUs), unpack(status)];
      const samples = sums(unpack(index)).map((at, i): Request => {
        const arrival = arrivals.get(at)!;
        const startMs = (Math.round(arrival.plannedMs * 1000) + late[i]!) / 1000;
        return { ...arrival, startMs, serviceMs: service[i]! / 1000, status: statuses[i]! };
      });
      return { ...turn, samples };
    };
    return { ...rest, samples: { base: arm(packed.base), head: arm(packed.head) } };
  } catch {
    return undefined;
  }
}

interface PackedArm extends Omit<TurnSamples, 'samples'> {
  index: string;
  lateUs: string;
  serviceUs: string;
  status: string;
}

/** Whole microseconds are what the load engine writes. */
const packTimes = (ms: readonly number[]) => pack(ms.map((value) => Math.round(value * 1000)));

/** Differences are small numbers, and small numbers take little room. */
const differences = (values: readonly number[]) => values.map((value, i) => value - (values[i - 1] ?? 0));

function sums(values: readonly number[]): number[] {
  let sum = 0;
  return values.map((value) => (sum += value));
}

/** Little-endian 32-bit numbers, gzip, base64. */
function pack(values: readonly number[]): string {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => void bytes.writeInt32LE(value, i * 4));
  return gzipSync(bytes).toString('base64');
}

function unpack(text: string): number[] {
  const bytes = gunzipSync(Buffer.from(text, 'base64'));
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readInt32LE(i * 4));
}
