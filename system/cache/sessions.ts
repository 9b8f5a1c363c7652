// Sessions: what a refresh token stands for. The token is `<session>.<secret>`; Redis keeps the session with a hash of the one
// secret that is good now. Each refresh puts a new secret in its place, so an old one that comes again was stolen or leaked:
// then the whole session ends. Without Redis nobody signs in or refreshes; access tokens go on until they expire.
import { hash, randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { type Guard, needed } from './guard.ts';
import { script } from './script.ts';

/** From the sign-in, however often it is refreshed. */
const SESSION_DAYS = 30;
const SESSION_MS = SESSION_DAYS * 24 * 3600 * 1000;

export interface Renewed {
  refreshToken: string;
  expiresAt: Date;
}

/** All reject with AmsError part.unavailable when Redis does not answer in time. */
export interface Sessions<Actor> {
  begin(actor: Actor): Promise<Renewed>;
  /** Null for a token that is unknown, expired, ended, or used before; the last ends the session for its rightful holder too. */
  rotate(refreshToken: string): Promise<(Renewed & { actor: Actor }) | null>;
  /** Signs out; a token that stands for nothing is no error. */
  end(refreshToken: string): Promise<void>;
}

/** Gives [actor, expiresAtMs], or nothing. */
const rotateSecret = script<[string, string] | null>(
  'amsSessionRotate',
  `local session = redis.call('hmget', KEYS[1], 'secret', 'actor', 'expiresAtMs')
if not session[1] then return nil end
if session[1] ~= ARGV[1] then
  redis.call('del', KEYS[1])
  return nil
end
redis.call('hset', KEYS[1], 'secret', ARGV[2])
return {session[2], session[3]}`,
);

/** @typeParam Actor who signed in; has to survive JSON */
export function createSessions<Actor extends object>({
  redis,
  clock,
}: {
  redis: Guard;
  clock: Clock;
}): Sessions<Actor> {
  return {
    async begin(actor) {
      const [id, secret] = [randomBytes(16).toString('base64url'), newSecret()];
      const expiresAtMs = clock.now().getTime() + SESSION_MS;
      const session = { secret: hashed(secret), actor: JSON.stringify(actor), expiresAtMs };
      await needed(redis, (client) => client.multi().hset(keyOf(id), session).pexpire(keyOf(id), SESSION_MS).exec());
      return { refreshToken: `${id}.${secret}`, expiresAt: new Date(expiresAtMs) };
    },

    async rotate(refreshToken) {
      const [id, secret] = parts(refreshToken);
      if (!id || !secret) return null;
      const next = newSecret();
      const kept = await needed(redis, (client) => rotateSecret(client, [keyOf(id)], hashed(secret), hashed(next)));
      if (!kept) return null;
      const [actor, expiresAtMs] = kept;
      return {
        actor: JSON.parse(actor) as Actor,
        refreshToken: `${id}.${next}`,
        expiresAt: new Date(Number(expiresAtMs)),
      };
    },

    async end(refreshToken) {
      const [id] = parts(refreshToken);
      if (id) await needed(redis, (client) => client.del(keyOf(id)));
    },
  };
}

const newSecret = () => randomBytes(32).toString('base64url');
/** 256 random bits cannot be guessed from a plain hash. */
const hashed = (secret: string) => hash('sha256', secret, 'base64url');
const keyOf = (id: string) => `session:{${id}}`;

/** Undefined for what cannot be a token of ours, so that nothing foreign becomes part of a key. */
function parts(token: string): [id?: string, secret?: string] {
  const [, id, secret] = /^([\w-]{22})\.([\w-]{43})$/.exec(token) ?? [];
  return [id, secret];
}
