// A light, even load for drills: so many calls of each kind a second, spaced evenly, so that every objective has its events at a rate
// that is known. Sent by this process; nothing waits for an answer before the next one is sent.
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { send } from '../../loadtests/run/send.ts';
import type { Call, Identity } from '../../loadtests/workload/plan.ts';
import { namedUuid } from '../../loadtests/workload/random.ts';

const TENANT = 'academy-1';
const TIMEOUT_MS = 15_000;
const STUDENTS = 40;
const CLASSES = 10;
const ENTRIES = 2;
const TODAY = '2026-09-01';

/** Calls a second of each kind. */
export const RATES = { card: 10, rename: 1, checkIn: 2, payment: 2 } as const;

export const IDENTITIES: Identity[] = [{ tenant: TENANT, role: 'manager', subject: 'manager-1' }];

const student = (n: number) => namedUuid(`drill/student/${n % STUDENTS}`);
const guardian = (n: number) => namedUuid(`drill/guardian/${n % STUDENTS}`);

function post(step: string, path: string, id: string, body: object): Call {
  return {
    step,
    method: 'POST',
    path: `/api/v1/${path}`,
    identity: 0,
    key: `${step}-${id}`,
    body: JSON.stringify(body),
  };
}

/** Students with a guardian who has a telephone: somebody can be told. */
export function seedCalls(): Call[] {
  const phone = (n: number) => `010-0000-${String(1000 + n)}`;
  return Array.from({ length: STUDENTS }, (_, n) => [
    post('guardian', 'members', guardian(n), {
      id: guardian(n),
      name: `Guardian ${n}`,
      role: 'parent',
      phone: phone(n),
    }),
    post('student', 'members', student(n), {
      id: student(n),
      name: `Student ${n}`,
      role: 'student',
      guardianId: guardian(n),
    }),
  ]).flat();
}

/** The n-th call of a kind. @param run tells the calls of one load from those of another */
const CALLS: Record<keyof typeof RATES, (run: string, n: number) => Call> = {
  card: (_, n) => ({ step: 'card', method: 'GET', path: `/api/v1/members/${student(n)}`, identity: 0 }),
  rename: (run, n) => ({
    step: 'rename',
    method: 'PATCH',
    path: `/api/v1/members/${guardian(n)}`,
    identity: 0,
    key: `rename-${run}-${n}`,
    body: JSON.stringify({ name: `Guardian ${run} ${n}` }),
  }),
  checkIn: (run, n) => {
    const entries = Array.from({ length: ENTRIES }, (_, entry) => ({
      id: namedUuid(`drill/${run}/entry/${n}/${entry}`),
      studentId: student(n * ENTRIES + entry),
      mark: 'present',
    }));
    const id = namedUuid(`drill/${run}/check-in/${n}`);
    // Nobody is checked in twice on one day in one class.
    const aClass = namedUuid(`drill/${run}/class/${Math.floor(n / STUDENTS) * CLASSES + (n % CLASSES)}/${n}`);
    return post('check-in', `classes/${aClass}/check-ins`, id, { date: TODAY, entries });
  },
  payment: (run, n) => {
    const id = namedUuid(`drill/${run}/payment/${n}`);
    return post('payment', 'payments', id, {
      id,
      studentId: student(n),
      amountWon: 120_000,
      method: 'card',
      forMonth: '2026-09',
    });
  },
};

export interface Load {
  /** Answers so far by kind and status; 0: none came. */
  answers: Map<string, number>;
  /** Sends nothing more, and waits for nothing. */
  stop(): void;
}

/** Starts to send and goes on until it is stopped. */
export function startLoad(baseUrl: string, headers: Record<string, string>, run: string): Load {
  const agent = new Agent({ keepAlive: true });
  const ending = new AbortController();
  const { signal } = ending;
  const answers = new Map<string, number>();
  const one = async (call: Call) => {
    const answer = await send(baseUrl, headers, call, { agent, timeoutMs: TIMEOUT_MS, signal });
    const key = `${call.step} ${answer.status}`;
    answers.set(key, (answers.get(key) ?? 0) + 1);
    // Who has renamed somebody reads the new name.
    if (call.step === 'rename' && answer.version !== undefined) {
      const path = `${call.path}?minVersion=${answer.version}`;
      await one({ step: 'own-write', method: 'GET', path, identity: 0 });
    }
  };
  const startedMs = performance.now();
  const send_ = async (kind: keyof typeof RATES) => {
    for (let n = 0; !signal.aborted; n++) {
      const dueMs = startedMs + (n * 1000) / RATES[kind];
      await sleep(Math.max(0, dueMs - performance.now()), undefined, { signal });
      one(CALLS[kind](run, n)).catch(() => {});
    }
  };
  for (const kind of Object.keys(RATES) as (keyof typeof RATES)[]) send_(kind).catch(() => {});
  return {
    answers,
    stop() {
      ending.abort();
      agent.destroy();
    },
  };
}
