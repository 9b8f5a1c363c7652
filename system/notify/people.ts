// Who is told about a student: the read model's cards of the student and of the guardian.
import type { Db } from 'mongodb';
import type { Recipient } from './channels.ts';

interface Card {
  _id: string;
  tenantId: string;
  memberId: string;
  name: string;
  phone: string | null;
  guardianId?: string | null;
}

export interface Told {
  studentName: string;
  /** Null when the student has no guardian. */
  guardian: Recipient | null;
}

/** Null while the read model does not know the student, or the guardian whom the student names. */
export function people(db: Db): (tenantId: string, studentId: string) => Promise<Told | null> {
  const cards = db.collection<Card>('member_card');
  const cardOf = (tenantId: string, memberId: string) => cards.findOne({ _id: `${tenantId}/${memberId}` });
  return async (tenantId, studentId) => {
    const student = await cardOf(tenantId, studentId);
    if (!student) return null;
    if (!student.guardianId) return { studentName: student.name, guardian: null };
    const guardian = await cardOf(tenantId, student.guardianId);
    return guardian && { studentName: student.name, guardian: { memberId: guardian.memberId, phone: guardian.phone } };
  };
}
