// The primary of the read side's replica set killed and stalled in the middle of a load on the whole system: commands and reads go on,
// and the read models catch up under another primary, before the old one is back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ReplicaSet, startReplicaSet } from '../../system/local/mongodb-replica-set.ts';
import type { Inject } from './fault.ts';
import {
  afterwards,
  commands,
  failedAtMostInOrder,
  loadThrough,
  noneFailed,
  type Patient,
  reads,
  startPatient,
} from './testing.ts';

let set: ReplicaSet;
let patient: Patient;
before(async () => {
  patient = await startPatient({
    instead: {
      async mongodb(options) {
        set = await startReplicaSet(options);
        return set;
      },
    },
  });
});
after(() => patient?.system.stop());

/** Hits whoever is the primary; it stays as it is until after the audit. */
function toPrimary(signal: NodeJS.Signals): { inject: Inject; hit: () => number } {
  let hit: number | undefined;
  const inject: Inject = async () => {
    hit = await set.primary();
    set.signal(hit, signal);
    return { async end() {} };
  };
  return { inject, hit: () => hit! };
}

test('the primary is killed: nothing fails, another one takes over, the read models catch up without the old one', async () => {
  const { inject, hit } = toPrimary('SIGKILL');
  const { outcomes } = await loadThrough(patient, inject, 'the primary');
  noneFailed(outcomes, 'all');
  assert.notEqual(await set.primary(), hit());
  await set.restartMember(hit());
  noneFailed(await afterwards(patient), 'afterwards');
});

test('the primary stalls: commands go on, reads that wait for it fail in order, until another one takes over', async () => {
  const { inject, hit } = toPrimary('SIGSTOP');
  try {
    const { outcomes } = await loadThrough(patient, inject, 'the primary');
    noneFailed(commands(outcomes), 'commands');
    failedAtMostInOrder(reads(outcomes), 'reads');
    assert.notEqual(await set.primary(), hit());
    noneFailed(await afterwards(patient), 'while the old one still stalls');
  } finally {
    set.signal(hit(), 'SIGCONT');
  }
  noneFailed(await afterwards(patient), 'afterwards');
});
