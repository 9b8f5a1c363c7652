// The transport that EVENTS names.
import type pg from 'pg';
import type { Config } from '../../config.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { outboxSource } from './inprocess.ts';
import type { Transport } from './transport.ts';

export interface TransportParts {
  pool: pg.Pool;
  config: Pick<Config, 'EVENTS' | 'RABBITMQ_URL' | 'KAFKA_BROKERS' | 'RELAY_BATCH' | 'RELAY_POLL_MS'>;
  metrics: Pick<Metrics, 'brokerMessagesTotal'>;
  onAway(error: unknown): void;
}

/**
 * Connects to nothing yet. A broker's client is loaded only where it is used: Kafka's takes longer than the rest of a worker together.
 * @throws Error when the broker's address is not configured
 */
export async function createTransport(parts: TransportParts): Promise<Transport> {
  const { config, metrics, onAway } = parts;
  if (config.EVENTS === 'rabbitmq') {
    if (!config.RABBITMQ_URL) throw new Error('configuration: EVENTS=rabbitmq needs RABBITMQ_URL');
    const { rabbitmq } = await import('./rabbitmq.ts');
    return rabbitmq({ url: config.RABBITMQ_URL, batch: config.RELAY_BATCH, metrics, onAway });
  }
  if (config.EVENTS === 'kafka') {
    if (!config.KAFKA_BROKERS) throw new Error('configuration: EVENTS=kafka needs KAFKA_BROKERS');
    const { kafka } = await import('./kafka.ts');
    return kafka({ brokers: config.KAFKA_BROKERS, batch: config.RELAY_BATCH, metrics });
  }
  return inProcess(parts);
}

/** Each consumer reads the outbox itself. */
export function inProcess({ pool, config }: Pick<TransportParts, 'pool' | 'config'>): Transport {
  return {
    source: (consumer, holder) =>
      outboxSource({ pool, consumer, holder, batch: config.RELAY_BATCH, pollMs: config.RELAY_POLL_MS }),
    async answers() {},
    async stop() {},
  };
}
