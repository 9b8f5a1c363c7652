// A Lua script as a command of the client: sent whole once per connection, then by its hash. What it does is one step for Redis.
import type { RedisClient } from './redis.ts';

/**
 * @param name unique in the process; the client gets a command of that name
 * @returns calls the script; in a cluster all keys must be in one slot
 */
export function script<Answer>(name: string, lua: string) {
  return (redis: RedisClient, keys: string[], ...args: (string | number)[]): Promise<Answer> => {
    if (!(name in redis)) redis.defineCommand(name, { lua });
    const commands = redis as unknown as Record<string, (...args: (string | number)[]) => Promise<Answer>>;
    return commands[name]!(keys.length, ...keys, ...args);
  };
}
