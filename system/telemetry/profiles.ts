// CPU and heap profiles of the running process over HTTP. Who may ask is decided before a request comes here.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Session } from 'node:inspector/promises';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { getHeapSnapshot } from 'node:v8';
import { AmsError } from '../errors.ts';

export type RawHandler = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

const DEFAULT_SECONDS = 5;
const MOST_SECONDS = 30;

/** A process has one profiler: whoever comes second is told so. */
let busy = false;

/**
 * `GET /debug/profile?seconds=5` answers a `.cpuprofile` of that time, 1 to 30 s (open it in the browser's developer tools).
 * @throws AmsError `request.invalid`, `profile.busy`
 */
export const profileHandler: RawHandler = (req, res) =>
  alone(async () => {
    const seconds = secondsOf(req) ?? DEFAULT_SECONDS;
    const profile = await inspect(async (session) => {
      await session.post('Profiler.enable');
      await session.post('Profiler.start');
      await pause(seconds, res);
      return (await session.post('Profiler.stop')).profile;
    });
    send(res, 'cpu.cpuprofile', profile);
  });

/**
 * `GET /debug/heap?seconds=5` answers a `.heapprofile`: which functions allocated what in that time and kept it; the process goes on.
 * `GET /debug/heap` answers a `.heapsnapshot`: every object. It stops the process while it is taken, needs as much memory again as
 * the heap has, and contains whatever the process knows, secrets and personal data included.
 * @throws AmsError `request.invalid`, `profile.busy`
 */
export const heapHandler: RawHandler = (req, res) =>
  alone(async () => {
    const seconds = secondsOf(req);
    if (seconds === undefined) {
      name(res, 'heap.heapsnapshot');
      return pipeline(getHeapSnapshot(), res);
    }
    const profile = await inspect(async (session) => {
      await session.post('HeapProfiler.startSampling');
      await pause(seconds, res);
      return (await session.post('HeapProfiler.stopSampling')).profile;
    });
    send(res, 'heap.heapprofile', profile);
  });

async function alone(take: () => Promise<void>): Promise<void> {
  if (busy) throw new AmsError('profile.busy');
  busy = true;
  try {
    await take();
  } finally {
    busy = false;
  }
}

function secondsOf({ url = '' }: IncomingMessage): number | undefined {
  const text = new URL(url, 'http://ams').searchParams.get('seconds');
  if (text === null) return undefined;
  const seconds = Number(text);
  if (text !== '' && seconds >= 1 && seconds <= MOST_SECONDS) return seconds;
  throw new AmsError('request.invalid', `seconds: from 1 to ${MOST_SECONDS}, not "${text.slice(0, 20)}"`);
}

async function inspect<T>(take: (session: Session) => Promise<T>): Promise<T> {
  const session = new Session();
  session.connect();
  try {
    return await take(session);
  } finally {
    session.disconnect();
  }
}

/** Ends early when the asker goes away. */
async function pause(seconds: number, res: ServerResponse): Promise<void> {
  const gone = new AbortController();
  const abort = () => gone.abort();
  res.once('close', abort);
  await sleep(seconds * 1000, undefined, { signal: gone.signal }).catch(() => {});
  res.off('close', abort);
}

function send(res: ServerResponse, filename: string, profile: unknown): void {
  name(res, filename);
  res.end(JSON.stringify(profile));
}

function name(res: ServerResponse, filename: string): void {
  res.setHeader('Content-Type', 'application/json');
  res.setHeader('Content-Disposition', `attachment; filename="${filename}"`);
  res.setHeader('Cache-Control', 'no-store');
}
