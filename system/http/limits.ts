// The step that refuses whoever asks too often: 429 with the seconds to wait.
import type { LimitKind, RateLimiter } from '../cache/rate-limit.ts';
import { AmsError } from '../errors.ts';

/** @throws AmsError rate.limited; waits only where the limiter does */
export function withinLimit(limiter: RateLimiter, kind: LimitKind, subject: string): void | Promise<void> {
  const decision = limiter.take(kind, subject);
  return decision instanceof Promise ? decision.then(refuseUnlessAllowed) : refuseUnlessAllowed(decision);
}

function refuseUnlessAllowed({ allowed, retryAfterSeconds }: { allowed: boolean; retryAfterSeconds: number }): void {
  if (!allowed) throw new AmsError('rate.limited', undefined, { retryAfterSeconds });
}
