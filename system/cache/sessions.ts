// Sessions: what a refresh token stands for. The token is `<session>.<secret>`; Redis keeps the session with a hash of the one
// secret that is good now. Each refresh puts its successor in its place, so an old one that comes again was stolen or leaked:
// then the whole session ends. Only the last one may come again for some seconds, by a caller who missed the answer, and gets the
// same successor. Without Redis nobody signs in or refreshes; access tokens go on until they expire.
import { createHmac, hash, randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { type Guard, needed } from './guard.ts';
import { script } from './script.ts';

/** From the sign-in, however often it is refreshed. */
const SESSION_DAYS = 30;
const SESSION_MS = SESSION_DAYS * 24 * 3600 * 1000;
/** An answer can be lost on its way, or come later than Redis is waited for: so long a caller may ask again. */
const AGAIN_MS = 10_000;

export interface Renewed {
  refreshToken: string;
  expiresAt: Date;
}

/** All reject with AmsError part.unavailable when Redis does not answer in time. */
export interface Sessions<Actor> {
  begin(actor: Actor): Promise<Renewed>;
  /**
   * The token last used gives the same answer again for 10 s. Null for a token that is unknown, expired, ended, or used before that;
   * the last ends the session for its rightful holder too.
   */
  rotate(refreshToken: string): Promise<(Renewed & { actor: Actor }) | null>;
  /** Signs out; a token that stands for nothing is no error. */
  end(refreshToken: string): Promise<void>;
}

/** Arguments: hash of the token, of its successor, now, time to ask again. Gives [actor, expiresAtMs], or nothing. */
const rotateSecret = script<[string, string] | null>(
  'amsSessionRotate',
  `local session = redis.call('hmget', KEYS[1], 'secret', 'actor', 'expiresAtMs', 'rotatedAtMs')
if not session[1] then return nil end
if session[1] == ARGV[1] then
  redis.call('hset', KEYS[1], 'secret', ARGV[2], 'rotatedAtMs', ARGV[3])
elseif session[1] ~= ARGV[2] or ARGV[3] - session[4] >= tonumber(ARGV[4]) then
  redis.call('del', KEYS[1])
  return nil
end
return {session[2], session[3]}`,
);

/**
 * @typeParam Actor who signed in; has to survive JSON
 * @param parts.secret makes the successors of tokens: without it, an old token does not give away the one that is good now
 */
export function createSessions<Actor extends object>(parts: {
  redis: Guard;
  clock: Pick<Clock, 'now'>;
  secret: string;
}): Sessions<Actor> {
  const { redis, clock } = parts;
  const successorOf = (token: string) => createHmac('sha256', parts.secret).update(token).digest('base64url');
  return {
    async begin(actor) {
      const [id, secret] = [randomBytes(16).toString('base64url'), randomBytes(32).toString('base64url')];
      const expiresAtMs = clock.now().getTime() + SESSION_MS;
      const session = { secret: hashed(secret), actor: JSON.stringify(actor), expiresAtMs };
      await needed(redis, (client) => client.multi().hset(keyOf(id), session).pexpire(keyOf(id), SESSION_MS).exec());
      return { refreshToken: `${id}.${secret}`, expiresAt: new Date(expiresAtMs) };
    },

    async rotate(refreshToken) {
      const [id, secret] = takenApart(refreshToken);
      if (!id || !secret) return null;
      const next = successorOf(refreshToken);
      const nowMs = clock.now().getTime();
      const kept = await needed(redis, (client) =>
        rotateSecret(client, [keyOf(id)], hashed(secret), hashed(next), nowMs, AGAIN_MS),
      );
      if (!kept) return null;
      const [actor, expiresAtMs] = kept;
      return {
        actor: JSON.parse(actor) as Actor,
        refreshToken: `${id}.${next}`,
        expiresAt: new Date(Number(expiresAtMs)),
      };
    },

    async end(refreshToken) {
      const [id] = takenApart(refreshToken);
      if (id) await needed(redis, (client) => client.del(keyOf(id)));
    },
  };
}

/** 256 random bits cannot be guessed from a plain hash. */
const hashed = (secret: string) => hash('sha256', secret, 'base64url');
const keyOf = (id: string) => `session:{${id}}`;

/** Undefined for what cannot be a token of ours, so that nothing foreign becomes part of a key. */
function takenApart(token: string): [id?: string, secret?: string] {
  const [, id, secret] = /^([\w-]{22})\.([\w-]{43})$/.exec(token) ?? [];
  return [id, secret];
}
