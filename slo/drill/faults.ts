// The faults of the drills: what is done to the real system so that one objective burns, how much of it, and how it is undone.
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
/** An event is read from one and written to the other: above 1.5 s, and it keeps up. The health page waits a second for each part. */
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

const ordered =
  (fault: object) =>
  async (system: DrilledSystem): Promise<Hurt> => {
    await system.provider(fault);
    return { end: () => system.provider({}) };
  };

/** One for each burn alert: its drill. */
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
    name: 'projections-slow',
    what: `PostgreSQL and MongoDB answer the worker ${2 * SLOW_PROJECTION_MS} ms later`,
    slo: 'freshness',
    process: 'worker-projections',
    badShare: 1,
    delaySeconds: 2,
    inject: slowed('worker', ['postgres', 'mongodb'], SLOW_PROJECTION_MS),
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
