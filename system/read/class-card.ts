// The classes of an academy with teacher and schedule: one, through the cache (everybody reads it, it seldom changes), or a page of them.
import type { Db } from 'mongodb';
import type { Cache, CacheOutcome } from '../cache/cache.ts';
import { asked } from './mongo.ts';
import { type Freshness, type PageQuery, pageOf } from './page.ts';
import { idsWithin } from './shard-keys.ts';

export const CLASS_SORTS = ['name', '-name'] as const;

export interface ClassCard {
  id: string;
  version: number;
  name: string;
  teacherId: string;
  capacity: number;
  schedule: { weekday: number; startsAt: string; endsAt: string }[];
  createdAt: string;
  updatedAt: string;
}

interface Stored {
  _id: string;
  tenantId: string;
  classId: string;
  version: number;
  name: string;
  teacherId: string;
  capacity: number;
  schedule: ClassCard['schedule'];
  createdAt: Date;
  updatedAt: Date;
}

export interface ClassListQuery extends PageQuery<(typeof CLASS_SORTS)[number]> {
  tenantId: string;
}

export interface ClassCards {
  /**
   * @param atLeast a version that the caller has seen: a cached card that is older is not taken
   */
  one(
    tenantId: string,
    classId: string,
    options?: Freshness & { atLeast?: number },
  ): Promise<{ value: ClassCard | null; cache: CacheOutcome }>;
  page(query: ClassListQuery): Promise<{ entries: ClassCard[]; total: number }>;
}

/** What an event of this class (`<tenant>/<class>`) makes old. */
export function classScope(documentId: string): string {
  return `class-card:${documentId}`;
}

export function classCards(db: Db, cache: Cache): ClassCards {
  const collection = db.collection<Stored>('class_card');
  return {
    one(tenantId, classId, { atLeast = 0, ...freshness } = {}) {
      const _id = `${tenantId}/${classId}`;
      const load = async () => {
        // What is kept for minutes must not come from a replica that is behind.
        const readPreference = freshness.primary ? 'primary' : 'primaryPreferred';
        const stored = await asked(() => collection.findOne({ _id }, { readPreference }));
        return stored?.tenantId === tenantId ? cardOf(stored) : null;
      };
      return cache.through(classScope(_id), 'card', 'medium', load, {
        tiers: 'both',
        isFresh: (card) => (card?.version ?? 0) >= atLeast,
      });
    },
    async page({ tenantId, ...page }) {
      const { stored, total } = await pageOf(collection, { _id: idsWithin(tenantId), tenantId }, page);
      return { entries: stored.map(cardOf), total };
    },
  };
}

function cardOf(stored: Stored): ClassCard {
  return {
    id: stored.classId,
    version: stored.version,
    name: stored.name,
    teacherId: stored.teacherId,
    capacity: stored.capacity,
    schedule: stored.schedule,
    createdAt: stored.createdAt.toISOString(),
    updatedAt: stored.updatedAt.toISOString(),
  };
}

/** Name and teacher of these classes, as they are now. */
export async function classFacts(
  db: Db,
  tenantId: string,
  classIds: string[],
): Promise<Map<string, Pick<ClassCard, 'name' | 'teacherId'>>> {
  if (classIds.length === 0) return new Map();
  const found = await asked(() =>
    db
      .collection<Stored>('class_card')
      .find(
        { _id: { $in: classIds.map((id) => `${tenantId}/${id}`) } },
        { projection: { _id: 0, classId: 1, name: 1, teacherId: 1 } },
      )
      .toArray(),
  );
  return new Map(found.map(({ classId, name, teacherId }) => [classId, { name, teacherId }]));
}
