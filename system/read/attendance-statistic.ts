// Attendance of a day, or of a period by day, class or teacher: sums of the counted buckets in `attendance_statistic`, through the cache.
import type { Db, Document } from 'mongodb';
import type { Cache, CacheOutcome } from '../cache/cache.ts';
import { classFacts } from './class-card.ts';
import { memberNames } from './member-card.ts';
import { asked } from './mongo.ts';
import { idsBetween, idsWithin } from './shard-keys.ts';
import { attendanceScopes } from './statistic-scopes.ts';

export interface AttendanceCounts {
  /** Entries that wait for their confirmation. */
  requested: number;
  /** Entries with a mark: the sum of the next three. */
  confirmed: number;
  present: number;
  late: number;
  absent: number;
}

export interface AttendanceStatistic extends AttendanceCounts {
  /** YYYY-MM-DD */
  date: string;
}

export const STATISTIC_GROUPS = ['day', 'class', 'teacher'] as const;

export interface AttendancePeriod {
  /** First and last day, YYYY-MM-DD. */
  from: string;
  to: string;
  by: (typeof STATISTIC_GROUPS)[number];
}

export interface AttendancePeriodRow extends AttendanceCounts {
  /** The day, the class's id or the teacher's id; empty for classes whose teacher is not known. */
  key: string;
  /** Of the class or teacher; null for a day and for whoever is not known. */
  name: string | null;
}

export interface AttendancePeriodStatistic extends AttendancePeriod {
  rows: AttendancePeriodRow[];
}

export interface AttendanceStatistics {
  (tenantId: string, date: string): Promise<{ value: AttendanceStatistic; cache: CacheOutcome }>;
  (tenantId: string, period: AttendancePeriod): Promise<{ value: AttendancePeriodStatistic; cache: CacheOutcome }>;
}

type Sums = Omit<AttendanceCounts, 'confirmed'>;
type Row = Sums & { _id: string };

export function attendanceStatistics(db: Db, cache: Cache): AttendanceStatistics {
  const collection = db.collection<Document & { _id: string }>('attendance_statistic');
  const sums = (_id: Document, field: string) =>
    asked(() => collection.aggregate<Row>([{ $match: { _id } }, group(field)]).toArray());

  async function ofDay(tenantId: string, date: string) {
    const [scope] = attendanceScopes(tenantId, date);
    return cache.through(scope, 'counts', 'short-lived', async () => ({
      date,
      ...countsOf(await sums(idsWithin(tenantId, date), '$date')),
    }));
  }

  async function ofPeriod(tenantId: string, { from, to, by }: AttendancePeriod) {
    const [, scope] = attendanceScopes(tenantId, from);
    return cache.through(scope, `${from}/${to}/${by}`, 'short-lived', async () => {
      const groups = await sums(idsBetween(tenantId, from, to), by === 'day' ? '$date' : '$classId');
      return { from, to, by, rows: await named(tenantId, by, groups) };
    });
  }

  async function named(tenantId: string, by: AttendancePeriod['by'], groups: Row[]): Promise<AttendancePeriodRow[]> {
    if (by === 'day') return groups.map((sum) => ({ key: sum._id, name: null, ...countsOf([sum]) })).sort(byKey);
    const classes = await classFacts(
      db,
      tenantId,
      groups.map(({ _id }) => _id),
    );
    if (by === 'class') {
      return groups
        .map((sum) => ({ key: sum._id, name: classes.get(sum._id)?.name ?? null, ...countsOf([sum]) }))
        .sort(byKey);
    }
    // The teacher a class has now: a bucket knows only its class, so a change of teacher makes none of them wrong.
    const ofTeacher = Map.groupBy(groups, ({ _id }) => classes.get(_id)?.teacherId ?? '');
    const names = await memberNames(db, tenantId, [...ofTeacher.keys()].filter(Boolean));
    return [...ofTeacher]
      .map(([key, taught]) => ({ key, name: names.get(key) ?? null, ...countsOf(taught) }))
      .sort(byKey);
  }

  return ((tenantId: string, asked: string | AttendancePeriod) =>
    typeof asked === 'string' ? ofDay(tenantId, asked) : ofPeriod(tenantId, asked)) as AttendanceStatistics;
}

function group(field: string): Document {
  const sum = (name: keyof Sums) => ({ $sum: `$${name}` });
  return {
    $group: {
      _id: field,
      requested: sum('requested'),
      present: sum('present'),
      late: sum('late'),
      absent: sum('absent'),
    },
  };
}

/** Adds up; nothing gives zeros. */
export function countsOf(groups: Sums[]): AttendanceCounts {
  const sum = (name: keyof Sums) => groups.reduce((total, one) => total + one[name], 0);
  const [present, late, absent] = [sum('present'), sum('late'), sum('absent')];
  return { requested: sum('requested'), confirmed: present + late + absent, present, late, absent };
}

const byKey = (a: { key: string }, b: { key: string }) => (a.key < b.key ? -1 : 1);
