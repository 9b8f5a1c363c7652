// Kafka killed and slowed in the middle of a load: commands and reads do not feel it, the read models catch up.
import { after, before, test } from 'node:test';
import { startKafka } from '../../system/local/kafka.ts';
import { kill } from './kill.ts';
import { loadThrough, loadThroughSlowBroker, noneFailed, type Patient, startPatient } from './testing.ts';

let patient: Patient;
before(async () => {
  patient = await startPatient({
    env: { EVENTS: 'kafka' },
    extras: [
      {
        variable: 'KAFKA_BROKERS',
        start: (_, { linkPort, ...options }) => startKafka({ ...options, advertisedPort: linkPort }),
      },
    ],
  });
});
after(() => patient?.system.stop());

test('without Kafka commands and reads go on, and the read models catch up when it is back', async () => {
  const { outcomes } = await loadThrough(patient, kill, 'part:kafka');
  noneFailed(outcomes, 'all');
});

test('a Kafka that is slow makes the read models late and nothing else', async () => {
  const { outcomes } = await loadThroughSlowBroker(patient, 'part:kafka');
  noneFailed(outcomes, 'all');
});
