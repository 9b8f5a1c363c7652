// One member as everybody in the academy may see them: the collection `member_card`, the phone number masked.
import type { Db } from 'mongodb';
import { maskPhone } from '../telemetry/mask.ts';
import { asked } from './mongo.ts';
import { type Freshness, preference } from './page.ts';

export interface MemberCard {
  id: string;
  version: number;
  name: string;
  role: string;
  phone: string | null;
  guardianId: string | null;
  enrolledAt: string;
  updatedAt: string;
}

export interface StoredMember {
  _id: string;
  tenantId: string;
  memberId: string;
  version: number;
  name: string;
  role: string;
  phone: string | null;
  guardianId?: string | null;
  enrolledAt: Date;
  updatedAt: Date;
}

export type MemberCards = (tenantId: string, memberId: string, freshness?: Freshness) => Promise<MemberCard | null>;

export function memberCards(db: Db): MemberCards {
  const collection = db.collection<StoredMember>('member_card');
  return async (tenantId, memberId, freshness = {}) => {
    // By `_id` alone: what MongoDB finds without planning.
    const stored = await asked(() => collection.findOne({ _id: `${tenantId}/${memberId}` }, preference(freshness)));
    return stored?.tenantId === tenantId ? memberCardOf(stored) : null;
  };
}

export function memberCardOf(stored: StoredMember): MemberCard {
  return {
    id: stored.memberId,
    version: stored.version,
    name: stored.name,
    role: stored.role,
    phone: stored.phone ? maskPhone(stored.phone) : null,
    guardianId: stored.guardianId ?? null,
    enrolledAt: stored.enrolledAt.toISOString(),
    updatedAt: stored.updatedAt.toISOString(),
  };
}

/** Names of these members; who is not there (yet) is left out. */
export async function memberNames(db: Db, tenantId: string, memberIds: string[]): Promise<Map<string, string>> {
  if (memberIds.length === 0) return new Map();
  const filter = { _id: { $in: [...new Set(memberIds)].map((id) => `${tenantId}/${id}`) } };
  const found = await asked(() =>
    db
      .collection<StoredMember>('member_card')
      .find(filter, { projection: { _id: 0, memberId: 1, name: 1 } })
      .toArray(),
  );
  return new Map(found.map(({ memberId, name }) => [memberId, name]));
}
