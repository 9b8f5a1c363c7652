// Who is enrolled in a class, in the order of enrolment: a page of the collection `class_roster`, with the names of the members.
import type { Db } from 'mongodb';
import { memberNames } from './member-card.ts';
import { type PageQuery, pageOf } from './page.ts';
import { idsWithin } from './shard-keys.ts';

export const ROSTER_SORTS = ['enrolledAt', '-enrolledAt'] as const;

export interface RosterEntry {
  enrolmentId: string;
  studentId: string;
  /** Null while the member card is not there yet. */
  name: string | null;
  enrolledAt: string;
  version: number;
}

export interface RosterQuery extends PageQuery<(typeof ROSTER_SORTS)[number]> {
  tenantId: string;
  classId: string;
}

interface Stored {
  _id: string;
  tenantId: string;
  classId: string;
  status: 'enrolled' | 'withdrawn';
  enrolmentId: string;
  studentId: string;
  enrolledAt: Date;
  version: number;
}

export interface ClassRosters {
  page(query: RosterQuery): Promise<{ entries: RosterEntry[]; total: number }>;
}

export function classRosters(db: Db): ClassRosters {
  const collection = db.collection<Stored>('class_roster');
  return {
    async page({ tenantId, classId, ...page }) {
      const filter = { _id: idsWithin(tenantId, classId), tenantId, classId, status: 'enrolled' as const };
      const { stored, total } = await pageOf(collection, filter, page);
      const names = await memberNames(
        db,
        tenantId,
        stored.map(({ studentId }) => studentId),
      );
      const entries = stored.map(({ enrolmentId, studentId, enrolledAt, version }) => ({
        enrolmentId,
        studentId,
        name: names.get(studentId) ?? null,
        enrolledAt: enrolledAt.toISOString(),
        version,
      }));
      return { entries, total };
    },
  };
}
