// How many entries a day has in which state: counted in MongoDB, read through the shared cache, made old by attendance events.
import type { Db } from 'mongodb';
import type { Cache, CacheOutcome } from '../cache/cache.ts';
import { asked } from './mongo.ts';

export interface AttendanceStatistic {
  /** YYYY-MM-DD */
  date: string;
  /** Entries that wait for their confirmation. */
  requested: number;
  /** Entries with a mark: the sum of the next three. */
  confirmed: number;
  present: number;
  late: number;
  absent: number;
}

/** What an attendance event of this day makes old. */
export function statisticScope(tenantId: string, date: string): string {
  return `attendance-statistic:${tenantId}:${date}`;
}

export function attendanceStatistics(
  db: Db,
  cache: Cache,
): (tenantId: string, date: string) => Promise<{ value: AttendanceStatistic; cache: CacheOutcome }> {
  const collection = db.collection('attendance_sheet');
  return (tenantId, date) =>
    cache.through(statisticScope(tenantId, date), 'counts', 'short-lived', async () => {
      const groups = collection.aggregate<{ _id: { status: string; mark?: string | null }; count: number }>([
        { $match: { tenantId, date } },
        { $group: { _id: { status: '$status', mark: '$mark' }, count: { $sum: 1 } } },
      ]);
      return statisticOf(date, await asked(groups.toArray()));
    });
}

/** Folds the counts per state and mark into one statistic. */
export function statisticOf(
  date: string,
  groups: { _id: { status: string; mark?: string | null }; count: number }[],
): AttendanceStatistic {
  const sum = (matches: (id: { status: string; mark?: string | null }) => boolean) =>
    groups.reduce((total, group) => total + (matches(group._id) ? group.count : 0), 0);
  return {
    date,
    requested: sum((id) => id.status === 'requested'),
    confirmed: sum((id) => id.status === 'confirmed'),
    present: sum((id) => id.status === 'confirmed' && id.mark === 'present'),
    late: sum((id) => id.status === 'confirmed' && id.mark === 'late'),
    absent: sum((id) => id.status === 'confirmed' && id.mark === 'absent'),
  };
}
