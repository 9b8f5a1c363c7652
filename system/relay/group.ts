// Runs a consumer in this process: prepares it, follows its lanes, says in the metrics how it fares.
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Clock } from '../clock.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Handler } from './deliver.ts';
import { LANES, makeLanes } from './lanes.ts';
import { backlog } from './outbox.ts';
import { createPause } from './pause.ts';
import { type Relay, startRelay } from './relay.ts';
import type { OpenSource } from './source.ts';

const BACKLOG_EVERY_MS = 1000;
const PREPARE_AGAIN_MS = 1000;

export interface GroupParts {
  pool: pg.Pool;
  metrics: Metrics;
  clock: Clock;
  log: Logger;
  config: { RELAY_LEASE_MS: number; RELAY_BATCH: number; RELAY_MOST_ATTEMPTS: number };
}

export interface GroupOptions extends Handler {
  group: string;
  prepare?(): Promise<void>;
  stop?(): Promise<void>;
  source(holder: string): OpenSource;
}

export interface RunningGroup {
  wake(): void;
  /** Rejects until it is prepared. */
  answers(): Promise<void>;
  stop(): Promise<void>;
}

/** Begins at once; what cannot be prepared yet is tried again. */
export function startGroup(options: GroupOptions, { pool, metrics, clock, log, config }: GroupParts): RunningGroup {
  const { group } = options;
  const holder = randomUUID();
  const again = createPause();
  let relay: Relay | undefined;
  let stopping = false;

  async function start(): Promise<void> {
    while (!stopping) {
      try {
        await makeLanes(pool, group, LANES);
        await options.prepare?.();
        break;
      } catch (error) {
        log.error(
          { detail: { group, reason: String(error), nextTryMs: PREPARE_AGAIN_MS } },
          'a consumer cannot begin yet',
        );
        if (!stopping) await again.wait(PREPARE_AGAIN_MS);
      }
    }
    if (stopping) return;
    relay = startRelay({
      pool,
      consumer: group,
      holder,
      leaseMs: config.RELAY_LEASE_MS,
      batch: config.RELAY_BATCH,
      mostAttempts: config.RELAY_MOST_ATTEMPTS,
      source: options.source(holder),
      handle: (batches) => options.handle(batches),
      checkpoint: options.checkpoint && (() => options.checkpoint!()),
      bury: options.bury && ((event, letter) => options.bury!(event, letter)),
      answers: options.answers && (() => options.answers!()),
      onPoll: () => metrics.relayHeartbeatTimestampSeconds.set({ group }, clock.now().getTime() / 1000),
      onLanes: (held) => metrics.relayLanesHeld.set({ group }, held),
      count: (outcome, events) => metrics.relayEventsTotal.inc({ group, outcome }, events),
      onError: (error, nextTryMs) =>
        log.error({ detail: { group, reason: String(error), nextTryMs } }, 'the relay tries again'),
    });
  }

  const started = start();
  // Apart from the relay: a relay that hangs must not hide the backlog it makes.
  let isAsking = false;
  const backlogTimer = setInterval(async () => {
    // A server that hangs must not take one connection more every second.
    if (isAsking) return;
    isAsking = true;
    try {
      const { events, oldestSeconds } = await backlog(pool, group);
      metrics.outboxPendingEvents.set({ group }, events);
      metrics.outboxOldestPendingAgeSeconds.set({ group }, oldestSeconds);
    } catch (error) {
      log.warn({ detail: { group, reason: String(error) } }, 'the backlog could not be read');
    } finally {
      isAsking = false;
    }
  }, BACKLOG_EVERY_MS);

  return {
    wake: () => relay?.wake(),
    async answers() {
      if (!relay) throw new Error(`${group} is not prepared`);
    },
    async stop() {
      stopping = true;
      again.end();
      clearInterval(backlogTimer);
      await started;
      await relay?.stop();
      await options.stop?.();
    },
  };
}
