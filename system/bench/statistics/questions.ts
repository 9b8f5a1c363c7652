// Statistics and cards of twenty academies in MongoDB, and the questions that are asked of them, with a cache and without.
import type { Db } from 'mongodb';
import type { Cache } from '../../cache/cache.ts';
import { attendanceStatistics } from '../../read/attendance-statistic.ts';
import { classCards } from '../../read/class-card.ts';

const TENANTS = 20;
const CLASSES = 40;
const DAYS = 90;

export type Question = (n: number) => Promise<unknown>;

const dayOf = (n: number) => new Date(Date.UTC(2026, 8, 1 + n)).toISOString().slice(0, 10);
const TO = dayOf(DAYS - 1);

/** A term of every class: 72,000 counted days, and the cards of the classes. */
export async function seed(db: Db): Promise<void> {
  for (let t = 0; t < TENANTS; t++) {
    const tenantId = `t${t}`;
    const classes = Array.from({ length: CLASSES }, (_, c) => `c${c}`);
    const cards = classes.map((classId, c) => ({
      ...{ _id: `${tenantId}/${classId}` as never, tenantId, classId, version: 1, name: `class ${c}`, capacity: 20 },
      ...{ teacherId: `teacher-${c % 12}`, schedule: [], createdAt: new Date(0), updatedAt: new Date(0) },
    }));
    const counts = { requested: 2, present: 14, late: 3, absent: 1, revision: 1 };
    const buckets = classes.flatMap((classId) =>
      Array.from({ length: DAYS }, (_, n) => dayOf(n)).map((date) => {
        const _id = `${tenantId}/${date}/${classId}` as never;
        return { _id, tenantId, date, classId, ...counts };
      }),
    );
    await db.collection('class_card').insertMany(cards);
    await db.collection('attendance_statistic').insertMany(buckets, { ordered: false });
  }
}

/** Each asks for another academy in turn, so that every look-up of a round of twenty is of another key. */
export function questions(db: Db, cache: Cache): Record<string, Question> {
  const statistic = attendanceStatistics(db, cache);
  const cards = classCards(db, cache);
  const tenant = (n: number) => `t${n % TENANTS}`;
  return {
    'month by class': (n) => statistic(tenant(n), { from: dayOf(DAYS - 30), to: TO, by: 'class' }),
    'term by teacher': (n) => statistic(tenant(n), { from: dayOf(0), to: TO, by: 'teacher' }),
    'one day': (n) => statistic(tenant(n), TO),
    'class card': (n) => cards.one(tenant(n), `c${n % CLASSES}`),
  };
}
