// The environment as the local harness sees it: where its tool cache is and which parts run already.
import { homedir } from 'node:os';
import { join } from 'node:path';

const env = process.env;
const isRoot = process.getuid?.() === 0;

export const local = {
  isRoot,
  /** Programs and packages that cost minutes, keyed by version, shared by every checkout of this machine. */
  cacheDir:
    env.AMS_PERF_CACHE ||
    (env.XDG_CACHE_HOME && join(env.XDG_CACHE_HOME, 'ams-perf')) ||
    // PostgreSQL refuses to run as root and its user cannot look into root's home.
    (isRoot ? '/var/cache/ams-perf' : join(homedir(), '.cache', 'ams-perf')),
  path: (env.PATH ?? '').split(':').filter(Boolean),
  /** Parts that run already: taken instead of starting one. */
  urls: {
    postgres: env.POSTGRES_URL,
    mongodb: env.MONGODB_URL,
    redis: env.REDIS_URL,
    rabbitmq: env.RABBITMQ_URL,
    kafka: env.KAFKA_BROKERS,
  },
  /** Servers shared by the integration tests of one `npm test`. */
  testUrls: {
    postgres: env.TEST_POSTGRES_URL,
    mongodb: env.TEST_MONGODB_URL,
    redis: env.TEST_REDIS_URL,
    rabbitmq: env.TEST_RABBITMQ_URL,
    kafka: env.TEST_KAFKA_BROKERS,
  },
  /** What a child needs of our own environment; nothing else leaks into what is measured. */
  childEnv: Object.fromEntries(
    ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'].flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  ) as Record<string, string>,
  /** Package managers need the whole environment: proxies, certificates, mirrors. */
  installEnv: env as Record<string, string>,
};
