import assert from 'node:assert/strict';
import { after, before, beforeEach, suite, test } from 'node:test';
import { systemClock as clock } from '../clock.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { createTracing } from '../telemetry/tracing.ts';
import { type FakeProvider, startFakeProvider } from './fake/provider.ts';
import { phoneVerification } from './phone-verification.ts';
import { Away, type Patience, Refused } from './provider.ts';
import { until } from './testing.ts';

/** The mission's shape at a tenth of its time. */
const QUICK: Patience = { timeoutMs: 300, retryAfterMs: [20, 80], breakAfter: 4, breakMs: 300 };
const PHONE = '010-1234-5678';

suite('phone verification', { timeout: 60_000 }, () => {
  let provider: FakeProvider;
  before(async () => {
    provider = await startFakeProvider();
  });
  after(() => provider.stop());
  beforeEach(() => fetch(`${provider.url}/admin`, { method: 'DELETE' }));

  const port = () => {
    const metrics = createMetrics('api', { version: 'test', commit: 'test' });
    const tracing = createTracing({ sampleRatio: 0, serviceName: 'test', version: 'test' });
    return { metrics, ...phoneVerification(`${provider.url}/verify`, { metrics, clock, tracing }, QUICK) };
  };

  test('the provider gets number and code', async () => {
    await port().send(PHONE, '123456');
    assert.deepEqual(
      provider.messages('verify').map(({ body }) => body),
      [{ phone: PHONE, code: '123456' }],
    );
  });

  test('a provider that fails is tried three times in all, and the last failure is told', async () => {
    provider.fault('verify', { errorRate: 1 });
    await assert.rejects(port().send(PHONE, '123456'), /answered 503/);
    assert.equal(provider.requests('verify'), 3);
  });

  test('one that comes back within the tries has taken the code once', async () => {
    provider.fault('verify', { errorRate: 1 });
    const sending = port().send(PHONE, '123456');
    await until(() => provider.requests('verify') === 1);
    provider.fault('verify', {});
    await sending;
    assert.equal(provider.messages('verify').length, 1);
  });

  test('one that hangs is given up after the time-out of each try', async () => {
    provider.fault('verify', { hang: true });
    const { send, metrics } = port();
    await assert.rejects(send(PHONE, '123456'), /did not answer within 300 ms/);
    assert.equal(provider.requests('verify'), 3);
    const { body } = await metrics.expose();
    assert.match(body, /outbound_request_duration_seconds_count\{target="phone_verification",outcome="timeout"\} 3/);
  });

  test('a refusal is final', async () => {
    provider.fault('verify', { errorRate: 1, status: 400 });
    await assert.rejects(port().send(PHONE, '123456'), Refused);
    assert.equal(provider.requests('verify'), 1);
  });

  test('a provider that is away is not asked until its pause is over, then by one try', async () => {
    provider.fault('verify', { close: true });
    const { send } = port();
    await assert.rejects(send(PHONE, '123456'));
    await assert.rejects(send(PHONE, '123456'), Away);
    const asked = provider.requests('verify');
    assert.equal(asked, 4);
    await assert.rejects(send(PHONE, '123456'), Away);
    assert.equal(provider.requests('verify'), asked);
    provider.fault('verify', {});
    await until(() =>
      send(PHONE, '654321').then(
        () => true,
        () => false,
      ),
    );
    assert.equal(provider.messages('verify').length, 1);
  });
});
