// Codes that prove a phone number: six digits, good for three minutes and five tries. Redis keeps a keyed hash of the code, since
// a plain one of six digits is guessed in no time.
import { createHmac, randomBytes, randomInt } from 'node:crypto';
import { type Guard, needed } from './guard.ts';
import { script } from './script.ts';

const LIFE_SECONDS = 180;
const TRIES = 5;

/** Both reject with AmsError part.unavailable when Redis does not answer in time. */
export interface Codes {
  issue(tenantId: string, phone: string): Promise<{ id: string; code: string }>;
  /** A right code is used up. `triesLeft` is 0 as well when there is no such code (any more). */
  check(
    id: string,
    code: string,
  ): Promise<{ ok: true; tenantId: string; phone: string } | { ok: false; triesLeft: number }>;
}

/** Counts the try before it compares, so that tries at once cannot share one. Gives [1, tenant, phone] or [0, tries left]. */
const tryCode = script<[1, string, string] | [0, number]>(
  'amsCodeTry',
  `local kept = redis.call('hmget', KEYS[1], 'code', 'tenantId', 'phone')
if not kept[1] then return {0, 0} end
local tries = redis.call('hincrby', KEYS[1], 'tries', 1)
if kept[1] == ARGV[1] then
  redis.call('del', KEYS[1])
  return {1, kept[2], kept[3]}
end
local left = tonumber(ARGV[2]) - tries
if left <= 0 then redis.call('del', KEYS[1]) end
return {0, math.max(0, left)}`,
);

/** @param parts.secret keys the hashes: without it, what Redis holds does not give the codes away */
export function createCodes({ redis, secret }: { redis: Guard; secret: string }): Codes {
  const hashed = (id: string, code: string) => createHmac('sha256', secret).update(`${id}/${code}`).digest('base64url');
  return {
    async issue(tenantId, phone) {
      const id = randomBytes(16).toString('base64url');
      const code = String(randomInt(1_000_000)).padStart(6, '0');
      await needed(redis, (client) =>
        client
          .multi()
          .hset(keyOf(id), { code: hashed(id, code), tenantId, phone })
          .expire(keyOf(id), LIFE_SECONDS)
          .exec(),
      );
      return { id, code };
    },

    async check(id, code) {
      if (!/^[\w-]{22}$/.test(id)) return { ok: false, triesLeft: 0 };
      const answer = await needed(redis, (client) => tryCode(client, [keyOf(id)], hashed(id, code), TRIES));
      if (answer[0] === 1) return { ok: true, tenantId: answer[1], phone: answer[2] };
      return { ok: false, triesLeft: answer[1] };
    },
  };
}

const keyOf = (id: string) => `code:{${id}}`;
