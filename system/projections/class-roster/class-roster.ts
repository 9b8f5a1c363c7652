// The class roster: one document per enrolment, from StudentEnrolled and StudentWithdrawn. A withdrawn one stays, so that its version does.
import type { Enrolment } from '../../domain/enrolment.ts';
import { misunderstood, type Projection, strings, type Versioned } from '../projection.ts';

export interface ClassRosterDocument extends Versioned {
  enrolmentId: string;
  classId: string;
  studentId: string;
  status: 'enrolled' | 'withdrawn';
  enrolledAt: Date;
  withdrawnAt: Date | null;
}

export const classRoster: Projection<ClassRosterDocument, Enrolment> = {
  name: 'class-roster',
  collection: 'class_roster',
  aggregateType: 'enrolment',
  id: (event) => rosterId(event.tenantId, strings(event, 'classId').classId, event.aggregateId),
  create(event) {
    if (event.type !== 'StudentEnrolled') throw misunderstood(event, 'an enrolment');
    return {
      enrolmentId: event.aggregateId,
      ...strings(event, 'classId', 'studentId'),
      status: 'enrolled',
      enrolledAt: event.occurredAt,
      withdrawnAt: null,
    };
  },
  change(event) {
    if (event.type !== 'StudentWithdrawn') throw misunderstood(event, 'an enrolment');
    return { status: 'withdrawn', withdrawnAt: event.occurredAt };
  },
  fromState({ tenantId, aggregateId: enrolmentId, state, createdAt, updatedAt }) {
    const { classId, studentId } = state;
    const withdrawn = state.status === 'withdrawn';
    return {
      _id: rosterId(tenantId, classId, enrolmentId),
      enrolmentId,
      classId,
      studentId,
      status: withdrawn ? 'withdrawn' : 'enrolled',
      enrolledAt: createdAt,
      withdrawnAt: withdrawn ? updatedAt : null,
    };
  },
};

function rosterId(tenantId: string, classId: string, enrolmentId: string): string {
  return `${tenantId}/${classId}/${enrolmentId}`;
}
