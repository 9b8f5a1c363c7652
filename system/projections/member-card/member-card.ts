// The member card: one document per member, from MemberCreated and MemberUpdated.
import type { Member } from '../../domain/member.ts';
import { aggregateKey, misunderstood, type Projection, strings, type Versioned } from '../projection.ts';

export interface MemberCardDocument extends Versioned, Member {
  memberId: string;
  enrolledAt: Date;
  updatedAt: Date;
}

export const memberCard: Projection<MemberCardDocument, Member> = {
  name: 'member-card',
  collection: 'member_card',
  aggregateType: 'member',
  id: aggregateKey,
  create(event) {
    if (event.type !== 'MemberCreated') throw misunderstood(event, 'a member card');
    strings(event, 'name', 'role');
    return card(event.aggregateId, event.data as unknown as Member, event.occurredAt, event.occurredAt);
  },
  change(event) {
    if (event.type !== 'MemberUpdated') throw misunderstood(event, 'a member card');
    return { ...strings(event, 'name'), updatedAt: event.occurredAt };
  },
  fromState: (member) => ({
    _id: aggregateKey(member),
    ...card(member.aggregateId, member.state, member.createdAt, member.updatedAt),
  }),
};

function card(memberId: string, { name, role, phone, guardianId }: Member, enrolledAt: Date, updatedAt: Date) {
  return { memberId, name, role, phone: phone ?? null, guardianId: guardianId ?? null, enrolledAt, updatedAt };
}
