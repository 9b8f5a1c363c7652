// The members of an academy, or those in one role, by name: a page of the collection `member_card`.
import type { Db } from 'mongodb';
import { type MemberCard, memberCardOf, type StoredMember } from './member-card.ts';
import { type PageQuery, pageOf } from './page.ts';
import { idsWithin } from './shard-keys.ts';

/** All of them, named, so that one index serves every list. */
const ROLES = ['student', 'parent', 'teacher', 'manager', 'super_admin'];

export const MEMBER_SORTS = ['name', '-name'] as const;

export interface MemberListQuery extends PageQuery<(typeof MEMBER_SORTS)[number]> {
  tenantId: string;
  role?: string;
}

export interface MemberLists {
  page(query: MemberListQuery): Promise<{ entries: MemberCard[]; total: number }>;
}

export function memberLists(db: Db): MemberLists {
  const collection = db.collection<StoredMember>('member_card');
  return {
    async page({ tenantId, role, ...page }) {
      const filter = { _id: idsWithin(tenantId), tenantId, role: role ?? { $in: ROLES } };
      const { stored, total } = await pageOf(collection, filter, page);
      return { entries: stored.map(memberCardOf), total };
    },
  };
}
