// CPU per request, side by side: in each round every arm is started anew and warmed; then the arms get the same requests at
// the same pace, in slices in turn, so that whatever else the machine does meets all of them. What an arm's process used
// while it answered its slices (user and system) is its figure of the round.
import { availableParallelism, loadavg } from 'node:os';
import { systemClock } from '../../clock.ts';
import { cpuMsOfTrees } from '../../local/proc.ts';
import type { BenchOptions } from '../result.ts';
import { type Arm, type RunningArm, startArm } from './arms.ts';
import { ask, type Call, type Load, send } from './send.ts';

export interface Amount {
  /** Sent as fast as a few connections go, until the optimising compiler is done with the path. */
  warmRequests: number;
  warmConnections: number;
  /** Slices of a round, and the requests of one: at a fixed rate, so that every arm has the same time for its timers. */
  slices: number;
  requests: number;
  ratePerSecond: number;
  /** At most this many under way. */
  connections: number;
}

/** The rate is a little above half of what one process can do on one core. */
const AMOUNT: Amount = {
  warmRequests: 12_000,
  warmConnections: 8,
  slices: 5,
  requests: 800,
  ratePerSecond: 800,
  connections: 32,
};

/** For the reader of the figures. */
export const conditions = () => [
  `${availableParallelism()} cores, load ${loadavg()[0]!.toFixed(1)} at the end, Node ${process.version}`,
  `${AMOUNT.slices} slices of ${AMOUNT.requests} requests at ${AMOUNT.ratePerSecond}/s after ${AMOUNT.warmRequests} to warm up, in turn with the other arms, all started anew in every round`,
];

export interface Subject {
  /** A series of requests that no other series repeats. */
  calls(series: string): (n: number) => Call;
  expectedStatus: number;
}

/** Milliseconds of CPU per request by arm, one figure a round. Throws when the arms' answers differ in a single byte. */
export async function cpuPerRequest(
  arms: Arm[],
  subject: Subject,
  env: Record<string, string>,
  { rounds, dir, progress, signal }: BenchOptions,
  amount: Amount = AMOUNT,
): Promise<Record<string, number[]>> {
  const figures: Record<string, number[]> = Object.fromEntries(arms.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    const running: Started[] = [];
    try {
      for (const arm of turned(arms, round)) {
        const started = { ...(await startArm(arm, { env, dir, signal })), name: arm.name };
        running.push(started);
        await warm(started, subject, `${arm.name}-${round}`, amount, signal);
      }
      await sameAnswers(running, subject, round);
      const cpuMs = await inTurn(running, subject, round, amount, signal);
      for (const { name } of arms) figures[name]!.push(cpuMs[name]! / (amount.slices * amount.requests));
    } finally {
      await Promise.all(running.map((one) => one.stop()));
    }
    const told = arms.map(({ name }) => `${name} ${figures[name]![round]!.toFixed(3)}`).join(', ');
    progress.note(`round ${round + 1}/${rounds}: ${told} ms CPU per request`);
  }
  return figures;
}

type Started = RunningArm & { name: string };

const loadOf = ({ baseUrl }: Started, { expectedStatus }: Subject, signal?: AbortSignal) => ({
  baseUrl,
  expectedStatus,
  clock: systemClock,
  signal,
});

function warm(
  arm: Started,
  subject: Subject,
  series: string,
  { warmRequests: count, warmConnections: connections }: Amount,
  signal?: AbortSignal,
): Promise<void> {
  const load: Load = { ...loadOf(arm, subject, signal), count, connections, call: subject.calls(`${series}-warm`) };
  return send(load);
}

/** Milliseconds of CPU of each arm over its slices. */
async function inTurn(
  arms: Started[],
  subject: Subject,
  round: number,
  { slices, requests: count, ratePerSecond, connections }: Amount,
  signal?: AbortSignal,
): Promise<Record<string, number>> {
  const used: Record<string, number> = Object.fromEntries(arms.map(({ name }) => [name, 0]));
  for (let slice = 0; slice < slices; slice++) {
    for (const arm of turned(arms, slice)) {
      const cpuMs = () => cpuMsOfTrees([arm.pid]).get(arm.pid)!;
      const call = subject.calls(`${arm.name}-${round}-${slice}`);
      const before = cpuMs();
      await send({ ...loadOf(arm, subject, signal), count, connections, ratePerSecond, call });
      used[arm.name]! += cpuMs() - before;
    }
  }
  return used;
}

/** The order moves on by one each time, so that nobody is always first. */
function turned<T>(all: T[], times: number): T[] {
  return all.map((_, position) => all[(position + times) % all.length]!);
}

async function sameAnswers(arms: Started[], subject: Subject, round: number): Promise<void> {
  const bodies = await Promise.all(arms.map((arm) => firstBody(arm.baseUrl, subject, `${arm.name}-${round}`)));
  const other = bodies.findIndex((body) => body !== bodies[0]);
  if (other > 0) {
    throw new Error(
      `${arms[other]!.name} answers differently:\n${bodies[other]}\nthan ${arms[0]!.name}:\n${bodies[0]}`,
    );
  }
}

/** The answer to a request that every arm gets; what names the series in it is the same for all. */
async function firstBody(baseUrl: string, { calls, expectedStatus }: Subject, series: string): Promise<string> {
  const call = calls(`${series}-first`)(0);
  const { status, body } = await ask(baseUrl, call);
  if (status !== expectedStatus) throw new Error(`${baseUrl}${call.path} answered ${status}: ${body.slice(0, 500)}`);
  const id = call.body && JSON.parse(call.body).id;
  return id ? body.replaceAll(id, 'ID') : body;
}
