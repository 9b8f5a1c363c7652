// What every rival stands on: the same application code as ours, with drivers that the rival's process opens itself.
import Redis from 'ioredis';
import { MongoClient } from 'mongodb';
import pg from 'pg';
import { readConfig } from '../../../config.ts';
import { memberCards } from '../../../read/member-card.ts';
import { createWaker } from '../../../relay/wake.ts';
import { commandHandlers } from '../../../write/commands.ts';

export function application() {
  const config = readConfig();
  const mongo = new MongoClient(config.MONGODB_URL, { maxPoolSize: config.MONGO_POOL_MAX });
  const pool = new pg.Pool({ connectionString: config.DATABASE_URL, max: config.PG_POOL_MAX });
  const redis = new Redis(config.REDIS_URL);
  return {
    config,
    redis,
    cards: memberCards(mongo.db()),
    commands: commandHandlers({ pool, hint: createWaker(redis).hint }),
    async close() {
      redis.disconnect();
      await Promise.all([pool.end(), mongo.close()]);
    },
  };
}
