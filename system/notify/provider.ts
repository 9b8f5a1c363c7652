// One provider over HTTP behind the mission's time-out and retries and a breaker of its own. Every call is measured.
import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  IterableBackoff,
  retry,
  TaskCancelledError,
  TimeoutStrategy,
  timeout,
  wrap,
} from 'cockatiel';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Tracing } from '../telemetry/tracing.ts';

export interface Patience {
  /** Longest time of one try. */
  timeoutMs: number;
  /** Pause before each retry; as many retries as pauses. */
  retryAfterMs: readonly number[];
  /** Failures in a row, over all messages, that open the breaker. */
  breakAfter: number;
  /** How long the breaker stays open before one try goes through. */
  breakMs: number;
}

export const NOTIFICATION: Patience = {
  timeoutMs: 5000,
  retryAfterMs: [500, 1500, 3000],
  breakAfter: 5,
  breakMs: 10_000,
};
export const PHONE_VERIFICATION: Patience = {
  timeoutMs: 3000,
  retryAfterMs: [200, 800],
  breakAfter: 5,
  breakMs: 5000,
};

export interface Message {
  /** The same for every try and every redelivery: by it the provider knows what it has had. */
  id: string;
  body: object;
  /** W3C traceparent to continue. */
  traceParent?: string | null | undefined;
}

export interface Provider {
  /**
   * Resolves when the provider has taken the message.
   * @throws Refused, Away, or the last try's error after all tries
   */
  send(message: Message, signal?: AbortSignal): Promise<void>;
  /** The breaker is open and its pause is not over: asking would be refused. */
  isAway(): boolean;
}

/** The provider understood and said no (4xx): the same message again would get the same answer. */
export class Refused extends Error {}

/** The breaker is open: the provider was not asked. */
export class Away extends Error {}

/** What every provider answers to a message that it has taken. */
const taken = z.object({ id: z.string().min(1) });

const STATES = { [CircuitState.Closed]: 'closed', [CircuitState.HalfOpen]: 'half_open' } as Record<
  CircuitState,
  string
>;

export interface ProviderParts {
  metrics: Pick<Metrics, 'outboundRequestDurationSeconds' | 'outboundBreakerState'>;
  clock: Clock;
  tracing: Pick<Tracing, 'start'>;
}

/** @param target label in the metrics and name of the span */
export function createProvider(target: string, url: string, patience: Patience, parts: ProviderParts): Provider {
  const isTheirFault = (error: Error) => !(error instanceof Refused);
  const breaker = circuitBreaker(handleWhen(isTheirFault), {
    halfOpenAfter: patience.breakMs,
    breaker: new ConsecutiveBreaker(patience.breakAfter),
  });
  const show = (shown: CircuitState) => {
    for (const state of ['closed', 'half_open', 'open']) {
      parts.metrics.outboundBreakerState.set({ target, state }, (STATES[shown] ?? 'open') === state ? 1 : 0);
    }
  };
  show(breaker.state);
  breaker.onStateChange(show);
  let opensAgainMs = 0;
  breaker.onBreak(() => {
    opensAgainMs = parts.clock.monotonicMs() + patience.breakMs;
  });
  const policy = wrap(
    retry(
      handleWhen((error) => isTheirFault(error) && !(error instanceof BrokenCircuitError)),
      { maxAttempts: patience.retryAfterMs.length, backoff: new IterableBackoff([...patience.retryAfterMs]) },
    ),
    breaker,
    timeout(patience.timeoutMs, TimeoutStrategy.Aggressive),
  );

  async function attempt(message: Message, signal: AbortSignal): Promise<void> {
    const startedMs = parts.clock.monotonicMs();
    const span = parts.tracing.start(`send ${target}`, { kind: 'client', parent: message.traceParent });
    let outcome = 'ok';
    try {
      await post(url, message, span.traceParent, signal);
    } catch (error) {
      outcome = error instanceof Refused ? 'refused' : signal.aborted ? 'timeout' : 'failed';
      span.fail(error);
      throw error;
    } finally {
      parts.metrics.outboundRequestDurationSeconds.observe(
        { target, outcome },
        (parts.clock.monotonicMs() - startedMs) / 1000,
      );
      span.end();
    }
  }

  return {
    isAway: () => breaker.state === CircuitState.Open && parts.clock.monotonicMs() < opensAgainMs,
    async send(message, stop) {
      try {
        await policy.execute(({ signal }) => attempt(message, signal), stop);
      } catch (error) {
        if (error instanceof BrokenCircuitError) throw new Away(`${target} is away`, { cause: error });
        if (error instanceof TaskCancelledError) {
          throw new Error(`${target} did not answer within ${patience.timeoutMs} ms`, { cause: error });
        }
        throw error;
      }
    },
  };
}

async function post(url: string, { id, body }: Message, traceparent: string, signal: AbortSignal): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': id, traceparent },
    body: JSON.stringify(body),
    signal,
  });
  const text = await answer.text();
  if (answer.status >= 400 && answer.status < 500 && answer.status !== 408 && answer.status !== 429) {
    throw new Refused(`the provider refused it with ${answer.status}`);
  }
  if (!answer.ok) throw new Error(`the provider answered ${answer.status}`);
  if (!taken.safeParse(parsed(text)).success) throw new Error('the provider answered something else than it should');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
