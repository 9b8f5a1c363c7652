// What the request benchmarks ask about: one tenant's members as the read model has them, callers with tokens, and the
// requests. Drawn from fixed numbers, so that every arm and every round is asked the same.
import { createHash } from 'node:crypto';
import { MongoClient } from 'mongodb';
import type { Clock } from '../../clock.ts';
import { secretKey, signToken } from '../../http/auth.ts';
import type { Call } from './send.ts';

export const TENANT = 'academy-1';
const MEMBERS = 1000;
/** So many that nobody comes near 100 requests a minute: the limit is counted, never reached. */
const CALLERS = 2400;
const TOKEN_LIFE_SECONDS = 24 * 3600;
const CLASSES = 40;

/** A UUID that depends on nothing but the words. */
export function idOf(...words: (string | number)[]): string {
  const hex = createHash('sha256').update(words.join('/')).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Fills the read model with members, as the projection would have written them. */
export async function seedMembers(mongodbUrl: string, at: Date): Promise<void> {
  const client = new MongoClient(mongodbUrl);
  try {
    const documents = Array.from({ length: MEMBERS }, (_, n) => {
      const memberId = idOf('member', n);
      return {
        _id: `${TENANT}/${memberId}`,
        tenantId: TENANT,
        memberId,
        version: 1,
        name: `Kim Minji ${n}`,
        role: 'student',
        phone: `010-1234-${String(n).padStart(4, '0')}`,
        guardianId: null,
        enrolledAt: at,
        updatedAt: at,
      };
    });
    await client.db().collection<{ _id: string }>('member_card').insertMany(documents);
  } finally {
    await client.close();
  }
}

/** Headers of as many teachers as a minute's limit needs, each with a token of their own. */
export async function callers(secret: string, clock: Clock): Promise<Record<string, string>[]> {
  const key = secretKey(secret);
  return Promise.all(
    Array.from({ length: CALLERS }, async (_, n) => {
      const actor = { id: idOf('teacher', n), tenantId: TENANT, role: 'teacher' };
      return {
        authorization: `Bearer ${await signToken(actor, key, clock.now(), TOKEN_LIFE_SECONDS)}`,
        'x-ams-tenant': TENANT,
      };
    }),
  );
}

/** The n-th reading of a member card: callers in turn, members spread over all. */
export function cardCall(headers: Record<string, string>[]): (n: number) => Call {
  return (n) => ({
    method: 'GET',
    path: `/api/v1/members/${idOf('member', (n * 389) % MEMBERS)}`,
    headers: headers[n % headers.length]!,
  });
}

/** The n-th new attendance of a series; no two series share an id or a key. */
export function attendanceCall(headers: Record<string, string>[], series: string): (n: number) => Call {
  return (n) => {
    const id = idOf('attendance', series, n);
    return {
      method: 'POST',
      path: '/api/v1/attendances',
      headers: { ...headers[n % headers.length]!, 'content-type': 'application/json', 'idempotency-key': id },
      body: JSON.stringify({
        id,
        classId: idOf('class', n % CLASSES),
        studentId: idOf('member', (n * 389) % MEMBERS),
        date: '2026-09-01',
      }),
    };
  };
}
