// Answers of accepted commands by their Idempotency-Key, for the minutes in which clients retry: spares the database the question.
// The promise that a command acts once is PostgreSQL's alone, so nothing here ever fails or waits long.
//
// Asking Redis before every command would cost more than it spares, since hardly any is a retry, and PostgreSQL is asked in the
// round trip that stores the command anyway. So Redis is asked about keys that this process has seen before, and about all keys
// while retries are frequent, which is when the database needs the relief.
import type { Metrics } from '../telemetry/metrics.ts';
import type { Guard } from './guard.ts';
import { script } from './script.ts';

const LIFE_SECONDS = 600;
/** Answers wait this long for others, to be sent in one go; a retry comes later than that. */
const SEND_EVERY_MS = 100;
/** In a cluster answers are spread over this many slots; those of one slot are sent by one command. */
const SLOTS = 4;
/** The last 5,000 keys at least, and 10,000 at most. */
const KEYS_SEEN = 5000;
/** Redis is asked about every key while at least this share of the last hundred or so commands were retries. */
const RETRY_SHARE = 0.01;
const WEIGHT_OF_LAST = 0.01;

const setAll = script<null>(
  'amsAnswersSet',
  `for i, key in ipairs(KEYS) do redis.call('set', key, ARGV[i + 1], 'EX', ARGV[1]) end`,
);

/** Which request it is: the same key may be used by every actor of every tenant. */
export interface Asked {
  tenantId: string;
  actor: string;
  idempotencyKey: string;
  requestHash: string;
}

/** `reused`: the key was used with another request. */
export interface RememberedAnswer {
  outcome: 'replayed' | 'reused';
  status: number;
  response: unknown;
}

export interface Answers {
  /** Null when nothing is known, which is no promise that there is nothing; at once when Redis is not asked. Never rejects. */
  recall(asked: Asked): Promise<RememberedAnswer | null> | null;
  /** Called once the command is committed; does not wait. `json` is what `response` will be. */
  remember(asked: Asked, answer: { status: number; json: string }): void;
}

export function createAnswers(parts: { redis: Guard; metrics: Pick<Metrics, 'idempotencyRecallsTotal'> }): Answers {
  const { redis, metrics } = parts;
  const hits = metrics.idempotencyRecallsTotal.labels('hit');
  const misses = metrics.idempotencyRecallsTotal.labels('miss');
  const errors = metrics.idempotencyRecallsTotal.labels('error');
  const unasked = metrics.idempotencyRecallsTotal.labels('unasked');
  const slots = redis.client.isCluster ? SLOTS : 1;
  const isSeen = recentKeys(KEYS_SEEN);
  let retryShare = 0;
  const toSend = new Map<number, { keys: string[]; texts: string[] }>();
  let timer: NodeJS.Timeout | undefined;

  function noteCommand(isRetry: boolean): void {
    retryShare += WEIGHT_OF_LAST * ((isRetry ? 1 : 0) - retryShare);
  }

  function send(): void {
    timer = undefined;
    for (const { keys, texts } of toSend.values()) {
      redis.ask((client) => setAll(client, keys, LIFE_SECONDS, ...texts)).catch(() => {});
    }
    toSend.clear();
  }

  async function askRedis(asked: Asked, isKnown: boolean): Promise<RememberedAnswer | null> {
    try {
      const text = await redis.ask((client) => client.get(keyOf(asked, slots)));
      noteCommand(isKnown || text !== null);
      if (text === null) {
        misses.inc();
        return null;
      }
      hits.inc();
      return read(text, asked.requestHash);
    } catch {
      errors.inc();
      return null;
    }
  }

  return {
    recall(asked) {
      const isKnown = isSeen(asked.idempotencyKey);
      if (isKnown || retryShare >= RETRY_SHARE) return askRedis(asked, isKnown);
      noteCommand(false);
      unasked.inc();
      return null;
    },
    remember(asked, { status, json }) {
      const slot = slotOf(asked, slots);
      const batch = toSend.get(slot) ?? { keys: [], texts: [] };
      toSend.set(slot, batch);
      batch.keys.push(keyOf(asked, slots));
      batch.texts.push(`${asked.requestHash} ${status} ${json}`);
      if (!timer) timer = setTimeout(send, SEND_EVERY_MS).unref();
    },
  };
}

/** From `<request hash> <status> <JSON>`: only an answer that is given needs its JSON parsed. */
function read(text: string, wantedHash: string): RememberedAnswer {
  const [requestHash, status] = text.split(' ', 2) as [string, string];
  if (requestHash !== wantedHash) return { outcome: 'reused', status: Number(status), response: null };
  const response: unknown = JSON.parse(text.slice(requestHash.length + status.length + 2));
  return { outcome: 'replayed', status: Number(status), response };
}

/** Says whether a key came before, among the last `least` at least; by chance also of one that did not, and Redis is asked in vain. */
function recentKeys(least: number): (key: string) => boolean {
  let recent = new Set<number>();
  let before = new Set<number>();
  return (key) => {
    // A number for each key, since a set of texts costs more than all the rest of a command's look at its key.
    let sum = 0;
    for (let i = 0; i < key.length; i++) sum = (Math.imul(sum, 31) + key.charCodeAt(i)) | 0;
    if (recent.has(sum)) return true;
    if (recent.size >= least) [recent, before] = [new Set(), recent];
    recent.add(sum);
    return before.has(sum);
  };
}

/** With the lengths of the first two, since each of the three may contain whatever would separate them. */
function keyOf(asked: Asked, slots: number): string {
  const { tenantId, actor, idempotencyKey } = asked;
  return `answer:{${slotOf(asked, slots)}}:${tenantId.length}:${tenantId}${actor.length}:${actor}${idempotencyKey}`;
}

function slotOf({ idempotencyKey }: Asked, slots: number): number {
  return idempotencyKey.charCodeAt(idempotencyKey.length - 1) % slots;
}
