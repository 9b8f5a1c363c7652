// The member card: one document per member, from MemberCreated and MemberUpdated.
import type { Role } from '../../domain/member.ts';
import { documentId, type Projection, type Versioned } from '../projection.ts';

export interface MemberCardDocument extends Versioned {
  tenantId: string;
  memberId: string;
  name: string;
  role: Role;
  phone: string | null;
  enrolledAt: Date;
  updatedAt: Date;
}

export const memberCard: Projection<MemberCardDocument> = {
  name: 'member-card',
  collection: 'member_card',
  aggregateType: 'member',
  apply(card, event) {
    const { tenantId, aggregateId: memberId, version, occurredAt } = event;
    if (event.type === 'MemberCreated') {
      const { name, role, phone } = event.data as Pick<MemberCardDocument, 'name' | 'role' | 'phone'>;
      if (typeof name !== 'string' || typeof role !== 'string') throw new Error('MemberCreated without name or role');
      return {
        _id: documentId(event),
        tenantId,
        memberId,
        version,
        name,
        role,
        phone: phone ?? null,
        enrolledAt: occurredAt,
        updatedAt: occurredAt,
      };
    }
    if (event.type === 'MemberUpdated' && card) {
      const { name } = event.data as Pick<MemberCardDocument, 'name'>;
      if (typeof name !== 'string') throw new Error('MemberUpdated without name');
      return { ...card, version, name, updatedAt: occurredAt };
    }
    throw new Error(`${event.type} as version ${version} of a member card`);
  },
};
