// Health of a process: alive (the process answers) apart from ready (what it cannot work without answers in time).
import { setTimeout as sleep } from 'node:timers/promises';

type Status = 'UP' | 'DOWN' | 'DEGRADED';

export interface HealthPage {
  status: 'UP' | 'DOWN';
  components: Record<string, { status: Status; reason?: string; state?: string }>;
}

export interface Check {
  /** Without it the process cannot do its work: its failure is DOWN, that of another only DEGRADED. */
  needed: boolean;
  ask(): Promise<unknown>;
  /** What else is worth knowing of it, such as where its breaker stands. */
  state?(): string;
}

export interface Health {
  liveness(): HealthPage;
  readiness(): Promise<HealthPage>;
  /** From now on not ready, so that a balancer sends nothing more. */
  stopping(): void;
  isStopping(): boolean;
}

/** @param timeoutMs how long each check may take; all of them run at once */
export function createHealth(checks: Record<string, Check>, timeoutMs: number): Health {
  let isStopping = false;

  async function outcomeOf({ needed, ask, state }: Check): Promise<HealthPage['components'][string]> {
    const timer = new AbortController();
    const said = state && { state: state() };
    try {
      const answer = Promise.resolve(ask());
      const late = sleep(timeoutMs, undefined, { signal: timer.signal }).then(() => {
        throw new Error(`no answer within ${timeoutMs} ms`);
      });
      await Promise.race([answer, late]);
      return { status: 'UP', ...said };
    } catch (error) {
      return { status: needed ? 'DOWN' : 'DEGRADED', reason: (error as Error).name, ...said };
    } finally {
      timer.abort();
    }
  }

  return {
    liveness: () => ({ status: 'UP', components: { process: { status: 'UP' } } }),
    async readiness() {
      if (isStopping) return { status: 'DOWN', components: { process: { status: 'DOWN', reason: 'stopping' } } };
      const outcomes = await Promise.all(
        Object.entries(checks).map(async ([name, check]) => [name, await outcomeOf(check)] as const),
      );
      const components: HealthPage['components'] = { process: { status: 'UP' }, ...Object.fromEntries(outcomes) };
      const isDown = Object.values(components).some(({ status }) => status === 'DOWN');
      return { status: isDown ? 'DOWN' : 'UP', components };
    },
    stopping() {
      isStopping = true;
    },
    isStopping: () => isStopping,
  };
}
