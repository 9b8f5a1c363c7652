// The faults of the drills: what is done to the real system so that one objective burns, how much of it, and how it is undone.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hurt } from './drill.ts';
import { RATES } from './load.ts';
import type { DrilledSystem } from './system.ts';

export interface BurnFault {
  name: string;
  what: string;
  /** Name of the objective that burns. */
  slo: string;
  /** The process that counts its events; availability is seen from outside. */
  process?: string;
  /** Share of the objective's events that are bad. */
  badShare: number;
  /** From the injection until the first bad event is counted. */
  delaySeconds: number;
  inject(system: DrilledSystem): Promise<Hurt>;
}

/** Of the load, a second. */
const COMMANDS = RATES.rename + RATES.checkIn + RATES.payment;

/** In each direction, so that a call of one round trip takes 340 ms: above 300 and below the 750 of a check-in. */
const SLOW_MS = 170;
/** A check-in is one round trip: 780 ms. The health page waits a second for each part. */
const VERY_SLOW_MS = 390;
/** Nothing is shown that was written after the oldest of them began: each event is late by at least 1.5 s and by far less than 30 s. */
const LONG_TRANSACTION_MS = 4000;
const BETWEEN_TRANSACTIONS_MS = 500;
/** An event is read from one and written to the other: above 1.5 s, and it keeps up. */
const SLOW_PROJECTION_MS = 420;
/** Batches run into their time-outs. */
const CHOKING_MS = 800;
/** Longer than anybody waits: pools fill. */
const STANDING_MS = 2500;

const killed =
  (name: string) =>
  async ({ running }: DrilledSystem): Promise<Hurt> => {
    running.kill(name, 'SIGKILL');
    return { end: () => running.restart(name) };
  };

const slowed =
  (of: 'api' | 'worker', parts: ('postgres' | 'mongodb')[], delayMs: number) =>
  async (system: DrilledSystem): Promise<Hurt> => {
    for (const part of parts) system[of][part].delay(delayMs);
    return {
      async end() {
        for (const part of parts) system[of][part].delay(0);
      },
    };
  };

const cut =
  (of: 'api' | 'worker', parts: ('postgres' | 'mongodb' | 'redis')[]) =>
  async (system: DrilledSystem): Promise<Hurt> => {
    for (const part of parts) system[of][part].cut();
    return {
      async end() {
        for (const part of parts) system[of][part].mend();
      },
    };
  };

/** Transactions that write and take long, one after another, each begun long before the last one ends. */
async function longTransactions(system: DrilledSystem): Promise<Hurt> {
  const ending = new AbortController();
  const wait = (ms: number) => sleep(ms, undefined, { signal: ending.signal }).catch(() => {});
  const one = async (transaction: Hurt) => {
    await wait(LONG_TRANSACTION_MS);
    await transaction.end();
  };
  const open = [one(await system.openTransaction())];
  const all = (async () => {
    for (;;) {
      await wait(BETWEEN_TRANSACTIONS_MS);
      if (ending.signal.aborted) break;
      open.push(one(await system.openTransaction()));
    }
    await Promise.all(open);
  })();
  // Said when it is ended.
  all.catch(() => {});
  return {
    end() {
      ending.abort();
      return all;
    },
  };
}

const ordered =
  (fault: object) =>
  async (system: DrilledSystem): Promise<Hurt> => {
    await system.provider(fault);
    return { end: () => system.provider({}) };
  };

/** At least one for each burn alert: its drills. What its runbook asks is asked of the first. */
export const BURN_FAULTS: BurnFault[] = [
  {
    name: 'api-killed',
    what: 'the only instance of the API is killed',
    slo: 'availability',
    badShare: 1,
    delaySeconds: 0,
    inject: killed('api'),
  },
  {
    name: 'databases-slow',
    what: `PostgreSQL and MongoDB answer the API ${2 * SLOW_MS} ms later`,
    slo: 'latency',
    process: 'api',
    badShare: 1,
    delaySeconds: (2 * SLOW_MS) / 1000,
    inject: slowed('api', ['postgres', 'mongodb'], SLOW_MS),
  },
  {
    name: 'table-gone',
    what: 'a migration has taken away the table of Idempotency-Keys: every command fails',
    slo: 'errors',
    process: 'api',
    // Nobody reads what could not be renamed: one call a second less.
    badShare: COMMANDS / (COMMANDS + RATES.card),
    delaySeconds: 0,
    inject: (system) => system.rename('idempotency', 'idempotency_taken_away'),
  },
  {
    name: 'postgres-slow',
    what: `PostgreSQL answers the API ${2 * VERY_SLOW_MS} ms later`,
    slo: 'check-in-burst',
    process: 'api',
    badShare: 1,
    delaySeconds: (2 * VERY_SLOW_MS) / 1000,
    inject: slowed('api', ['postgres'], VERY_SLOW_MS),
  },
  {
    name: 'databases-very-slow',
    what: `PostgreSQL and MongoDB answer the API ${2 * VERY_SLOW_MS} ms later: check-ins page, and all the rest is slow, too`,
    slo: 'check-in-burst',
    process: 'api',
    badShare: 1,
    delaySeconds: (2 * VERY_SLOW_MS) / 1000,
    inject: slowed('api', ['postgres', 'mongodb'], VERY_SLOW_MS),
  },
  {
    name: 'transactions-long',
    what: `transactions that write take ${LONG_TRANSACTION_MS / 1000} s, and several are open at any time`,
    slo: 'freshness',
    process: 'worker-projections',
    badShare: 1,
    delaySeconds: LONG_TRANSACTION_MS / 1000,
    inject: longTransactions,
  },
  {
    name: 'projections-killed',
    what: 'the worker that keeps the read models is killed',
    slo: 'projection',
    process: 'worker-projections',
    badShare: 1,
    delaySeconds: 0,
    inject: killed('worker-projections'),
  },
  {
    name: 'provider-refuses',
    what: 'the provider of messages refuses every one (400)',
    slo: 'notifications',
    process: 'worker-notifications',
    badShare: 1,
    delaySeconds: 0,
    inject: ordered({ errorRate: 1, status: 400 }),
  },
  {
    name: 'provider-away',
    what: 'the provider of messages cuts every connection',
    slo: 'notification-queue',
    process: 'worker-notifications',
    badShare: 1,
    // The objective's own bound: the oldest has waited so long.
    delaySeconds: 60,
    inject: ordered({ close: true }),
  },
];

/** Faults that some question of a runbook is about, beside those that are drilled: only recorded. */
export interface SideFault extends Pick<BurnFault, 'name' | 'what' | 'inject'> {
  /** Until what it does can be seen. */
  seconds: number;
}

export const SIDE_FAULTS: SideFault[] = [
  {
    name: 'databases-standing',
    what: `PostgreSQL and MongoDB answer the API ${2 * STANDING_MS} ms later`,
    seconds: 15,
    inject: slowed('api', ['postgres', 'mongodb'], STANDING_MS),
  },
  {
    name: 'redis-cut',
    what: 'the API is cut off from Redis',
    seconds: 15,
    inject: cut('api', ['redis']),
  },
  {
    name: 'projections-slow',
    what: `PostgreSQL and MongoDB answer the worker ${2 * SLOW_PROJECTION_MS} ms later`,
    seconds: 30,
    inject: slowed('worker', ['postgres', 'mongodb'], SLOW_PROJECTION_MS),
  },
  {
    name: 'projections-choked',
    what: `MongoDB answers the worker ${2 * CHOKING_MS} ms later, and it does not keep up`,
    seconds: 20,
    inject: slowed('worker', ['mongodb'], CHOKING_MS),
  },
  {
    name: 'transaction-open',
    what: 'a transaction that has written stays open in PostgreSQL',
    seconds: 20,
    inject: (system) => system.openTransaction(),
  },
  {
    name: 'api-paused',
    what: 'the API stands still for half a second of every second, as a busy machine makes it',
    seconds: 15,
    async inject({ running }) {
      let isPaused = false;
      const timer = setInterval(() => {
        isPaused = !isPaused;
        running.kill('api', isPaused ? 'SIGSTOP' : 'SIGCONT');
      }, 500);
      return {
        async end() {
          clearInterval(timer);
          running.kill('api', 'SIGCONT');
        },
      };
    },
  },
  {
    name: 'relay-stalled',
    what: 'the worker that keeps the read models stands still (SIGSTOP)',
    seconds: 15,
    async inject({ running }) {
      running.kill('worker-projections', 'SIGSTOP');
      return { end: async () => running.kill('worker-projections', 'SIGCONT') };
    },
  },
];
