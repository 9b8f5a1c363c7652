// One member as everybody in the academy may see them: the collection `member_card`, the phone number masked.
import type { Db } from 'mongodb';
import { maskPhone } from '../telemetry/mask.ts';
import { asked } from './mongo.ts';

export interface MemberCard {
  id: string;
  version: number;
  name: string;
  role: string;
  phone: string | null;
  enrolledAt: string;
  updatedAt: string;
}

interface Stored {
  _id: string;
  tenantId: string;
  memberId: string;
  version: number;
  name: string;
  role: string;
  phone: string | null;
  enrolledAt: Date;
  updatedAt: Date;
}

export function memberCards(db: Db): (tenantId: string, memberId: string) => Promise<MemberCard | null> {
  const collection = db.collection<Stored>('member_card');
  return async (tenantId, memberId) => {
    const stored = await asked(collection.findOne({ _id: `${tenantId}/${memberId}`, tenantId }));
    return (
      stored && {
        id: stored.memberId,
        version: stored.version,
        name: stored.name,
        role: stored.role,
        phone: stored.phone ? maskPhone(stored.phone) : null,
        enrolledAt: stored.enrolledAt.toISOString(),
        updatedAt: stored.updatedAt.toISOString(),
      }
    );
  };
}
