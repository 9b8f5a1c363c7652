// Passwords: scrypt in the thread pool, a few at a time, so that a rush of sign-ins delays nothing but sign-ins.
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { createSemaphore, Overloaded } from '../cache/semaphore.ts';
import { AmsError } from '../errors.ts';

/** OWASP Password Storage Cheat Sheet, scrypt, the row of the least memory: 16 MiB and about 0.2 s of one core. */
const COST = { N: 2 ** 14, r: 8, p: 5 } as const;
const KEY_BYTES = 32;
/** Half of libuv's four threads: the other half is for files, names and signatures. */
const LIMITS = { max: 2, maxWaiting: 32, maxWaitMs: 3000 } as const;
const BUSY_SECONDS = 3;

export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes as long without a stored hash, and is false: an answer's time does not tell whether the account exists. */
  verify(password: string, stored: string | undefined): Promise<boolean>;
}

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** Both reject with AmsError rate.limited while too many are under way. */
export function createPasswords(): Passwords {
  const turns = createSemaphore(LIMITS);
  const derived = async (password: string, salt: Buffer): Promise<Buffer> => {
    try {
      return await turns.run(() => derive(password.normalize('NFKC'), salt, KEY_BYTES, COST));
    } catch (error) {
      if (!(error instanceof Overloaded)) throw error;
      throw new AmsError('rate.limited', undefined, { retryAfterSeconds: BUSY_SECONDS, cause: error });
    }
  };
  return {
    async hash(password) {
      const salt = randomBytes(16);
      return `scrypt$${salt.toString('base64')}$${(await derived(password, salt)).toString('base64')}`;
    },
    async verify(password, stored) {
      const [, salt, key] = stored?.split('$') ?? [];
      const given = await derived(password, salt ? Buffer.from(salt, 'base64') : randomBytes(16));
      return key !== undefined && timingSafeEqual(given, Buffer.from(key, 'base64'));
    },
  };
}
