import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { type Accounts, accounts } from './accounts.ts';
import { freshWriteModel, type TestWriteModel } from './testing.ts';

let model: TestWriteModel;
let desk: Accounts;
before(async () => {
  model = await freshWriteModel();
  desk = accounts(model.pool);
});
after(() => model.close());

function anAccount() {
  const id = randomUUID();
  return {
    tenantId: 't',
    id,
    memberId: null,
    signInName: `kim-${id}`,
    passwordHash: 'h',
    role: 'teacher',
    phone: null,
  };
}

test('an account is found by its sign-in name, in its own tenant only', async () => {
  const account = anAccount();
  await desk.create(account);
  assert.deepEqual(await desk.findBySignInName('t', account.signInName), account);
  assert.equal(await desk.findBySignInName('u', account.signInName), null);
  assert.equal(await desk.findBySignInName('t', 'nobody'), null);
});

test('an id and a sign-in name are taken once per tenant, also when two ask at once', async () => {
  const account = anAccount();
  await desk.create(account);
  await assert.rejects(desk.create({ ...account, signInName: 'another' }), { code: 'account.exists' });
  await assert.rejects(desk.create({ ...account, id: randomUUID() }), { code: 'account.exists' });
  await desk.create({ ...account, tenantId: 'u' });
  const { signInName } = anAccount();
  const rivals = [anAccount(), anAccount()].map((one) => desk.create({ ...one, signInName }));
  const settled = await Promise.allSettled(rivals);
  assert.deepEqual(settled.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
});

test('a verified phone is kept with its moment; an account that does not exist is unknown', async () => {
  const account = anAccount();
  await desk.create(account);
  const at = new Date('2026-11-22T10:00:00Z');
  await desk.markPhoneVerified('t', account.id, at);
  const { rows } = await model.pool.query('select phone_verified_at from account where id = $1', [account.id]);
  assert.deepEqual(rows, [{ phone_verified_at: at }]);
  for (const [tenant, id] of [
    ['u', account.id],
    ['t', randomUUID()],
    ['t', 'seed-manager'],
  ] as const) {
    await assert.rejects(desk.markPhoneVerified(tenant, id, at), { code: 'account.unknown' });
  }
});

test('without the database it is part.unavailable', async () => {
  const gone = new pg.Pool({ connectionString: 'postgres://127.0.0.1:1/none', connectionTimeoutMillis: 500 });
  await assert.rejects(accounts(gone).findBySignInName('t', 'kim'), { code: 'part.unavailable' });
  await gone.end();
});
