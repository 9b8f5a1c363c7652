import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Snapshot, TableSize } from './measure.ts';
import { growthBetween, judge, RULES, size } from './rules.ts';

const GIB = 2 ** 30;

function table(change: Partial<TableSize> = {}): TableSize {
  return { name: 'attendance', rows: 1000, deadRows: 0, bytes: GIB, indexBytes: 0, vacuumAt: 250, ...change };
}

const healthy: Snapshot = {
  at: '2026-11-22T00:00:00.000Z',
  database: 'ams',
  bytes: 2 * GIB,
  cacheBytes: 16 * GIB,
  hitRatio: 0.999,
  commits: 1000,
  tables: [table()],
  indexes: [{ name: 'i', table: 'attendance', bytes: GIB, scans: 5, isUnique: false }],
  outbox: {
    partitions: 4,
    idsAhead: 100_000,
    defaultHolds: false,
    oldestSeconds: 7000,
    consumers: [{ name: 'read-models', behindSeconds: 0.1 }],
  },
  oldestTransaction: { seconds: 0.2, application: '' },
  xidAge: 50_000_000,
  freezeAt: 200_000_000,
  connections: { used: 20, limit: 100 },
  replicas: [{ name: 'replica', lagSeconds: 0.01, lagBytes: 4096 }],
  slots: [{ name: 's', active: true, heldBytes: 0 }],
  largestTenants: [{ table: 'attendance', share: 0.12 }],
};

test('a healthy database has no findings', () => {
  assert.deepEqual(judge(healthy, null), []);
});

const PLANTED: Record<string, Partial<Snapshot>[]> = {
  partition: [{ tables: [table({ bytes: 16 * GIB })] }],
  shard: [{ bytes: 20 * GIB, hitRatio: 0.95, tables: [table({ deadRows: 50_000, vacuumAt: 20_000 })] }],
  'large-tenant': [{ largestTenants: [{ table: 'payment', share: 0.31 }] }],
  vacuum: [{ tables: [table({ deadRows: 50_000, vacuumAt: 20_000 })] }],
  freeze: [{ xidAge: 200_000_001 }],
  'long-transaction': [{ oldestTransaction: { seconds: 61, application: 'psql' } }],
  'outbox-held': [{ outbox: { ...healthy.outbox, consumers: [{ name: 'publisher', behindSeconds: 3601 }] } }],
  'outbox-maintenance': [
    { outbox: { ...healthy.outbox, defaultHolds: true } },
    { outbox: { ...healthy.outbox, idsAhead: 0 } },
  ],
  'replica-lag': [
    { replicas: [{ name: 'replica', lagSeconds: 11, lagBytes: 0 }] },
    { replicas: [{ name: 'replica', lagSeconds: 0, lagBytes: GIB }] },
  ],
  'slot-held': [{ slots: [{ name: 's', active: false, heldBytes: GIB + 1 }] }],
  connections: [{ connections: { used: 81, limit: 100 } }],
  'unused-index': [{ indexes: [{ name: 'i', table: 't', bytes: GIB, scans: 0, isUnique: false }] }],
};

test('every rule finds the condition that was planted for it, and says what to do', () => {
  assert.deepEqual(Object.keys(PLANTED).sort(), RULES.map(({ name }) => name).sort());
  for (const [rule, conditions] of Object.entries(PLANTED)) {
    for (const condition of conditions) {
      const findings = judge({ ...healthy, ...condition }, null);
      // A database that is too large for one server also has a vacuum that lags.
      const others = rule === 'shard' ? ['vacuum'] : [];
      assert.deepEqual(
        findings.map((finding) => finding.rule),
        [rule, ...others],
        JSON.stringify(condition),
      );
      assert.match(findings[0]!.seen, /\d|default|no partition/);
      assert.ok(findings[0]!.next.length > 0);
    }
  }
});

test('limits are not crossed by touching them, and small or needed things are left alone', () => {
  const touching: Partial<Snapshot>[] = [
    { tables: [table({ bytes: 16 * GIB - 1 })] },
    { tables: [table({ deadRows: 9000, vacuumAt: 50 })] },
    { tables: [table({ name: 'outbox', bytes: 17 * GIB })] },
    { connections: { used: 80, limit: 100 } },
    { xidAge: 200_000_000 },
    { indexes: [{ name: 'pk', table: 't', bytes: GIB, scans: 0, isUnique: true }] },
    { oldestTransaction: null, hitRatio: null, replicas: [], slots: [], largestTenants: [] },
    { bytes: 20 * GIB, hitRatio: 0.95 },
  ];
  for (const condition of touching)
    assert.deepEqual(judge({ ...healthy, ...condition }, null), [], JSON.stringify(condition));
});

test('growth is told per day, and a limit that it reaches within 90 days is said beforehand', () => {
  const later = (days: number, bytes: number): Snapshot => ({
    ...healthy,
    at: new Date(Date.parse(healthy.at) + days * 86_400_000).toISOString(),
    bytes: healthy.bytes + bytes,
    commits: 1000 + 864_000,
    tables: [table({ bytes: GIB + bytes, rows: 2000 })],
  });
  const now = later(10, 2 * GIB);
  const growth = growthBetween(healthy, now)!;
  assert.equal(growth.days, 10);
  assert.equal(growth.databaseBytesPerDay, 0.2 * GIB);
  assert.deepEqual(growth.tables.get('attendance'), { bytesPerDay: 0.2 * GIB, rowsPerDay: 100 });
  assert.equal(growth.commitsPerSecond, 1);
  // 13 GiB are left at 0.2 a day: 65 days.
  const [finding] = judge(now, growth);
  assert.equal(finding?.rule, 'partition');
  assert.match(finding!.seen, /in 65 days/);
  const slow = later(10, GIB);
  assert.deepEqual(judge(slow, growthBetween(healthy, slow)), [], '140 days are no hurry');
});

test('two snapshots within a minute tell nothing about growth', () => {
  assert.equal(growthBetween(healthy, { ...healthy, at: '2026-11-22T00:00:59.000Z' }), null);
});

test('sizes are told in the unit that fits', () => {
  assert.deepEqual([0, 1023, 1024, 1.5 * 2 ** 20, 3 * 2 ** 40, -2048].map(size), [
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.5 MiB',
    '3.0 TiB',
    '-2.0 KiB',
  ]);
});
