// A Redis connection on which nothing waits for long: no queue while it is away, every command bounded, reconnecting for ever.
import { Redis } from 'ioredis';

const LONGEST_RECONNECT_MS = 1000;

/**
 * Connects in the background and never throws: commands fail at once while Redis is away.
 * @param commandTimeoutMs after it a command rejects, answered or not
 * @param onAway hears of each absence once, however many attempts to reconnect it takes
 */
export function connectRedis(url: string, commandTimeoutMs: number, onAway: (error: Error) => void): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
    connectTimeout: 1000,
    retryStrategy: (attempt) => Math.min(attempt * 50, LONGEST_RECONNECT_MS),
  });
  let isAway = false;
  redis.on('error', (error) => {
    if (!isAway) onAway(error);
    isAway = true;
  });
  redis.on('ready', () => {
    isAway = false;
  });
  return redis;
}
