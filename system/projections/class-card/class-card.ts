// The class card: one document per class with its teacher and schedule, from ClassCreated and ClassUpdated.
import type { Class } from '../../domain/class.ts';
import type { OutboxEvent } from '../../relay/event.ts';
import { aggregateKey, misunderstood, type Projection, strings, type Versioned } from '../projection.ts';

export interface ClassCardDocument extends Versioned, Class {
  classId: string;
  createdAt: Date;
  updatedAt: Date;
}

export const classCard: Projection<ClassCardDocument, Class> = {
  name: 'class-card',
  collection: 'class_card',
  aggregateType: 'class',
  id: aggregateKey,
  create(event) {
    if (event.type !== 'ClassCreated') throw misunderstood(event, 'a class card');
    return card(event.aggregateId, stateOf(event), event.occurredAt, event.occurredAt);
  },
  change(event) {
    if (event.type !== 'ClassUpdated') throw misunderstood(event, 'a class card');
    const { name, teacherId, capacity, schedule } = stateOf(event);
    return { name, teacherId, capacity, schedule, updatedAt: event.occurredAt };
  },
  fromState: (class_) => ({
    _id: aggregateKey(class_),
    ...card(class_.aggregateId, class_.state, class_.createdAt, class_.updatedAt),
  }),
};

/** Both events carry the whole state. */
function stateOf(event: OutboxEvent): Class {
  strings(event, 'name', 'teacherId');
  const state = event.data as unknown as Class;
  if (typeof state.capacity !== 'number' || !Array.isArray(state.schedule)) {
    throw new Error(`${event.type} without capacity or schedule`);
  }
  return state;
}

function card(classId: string, { name, teacherId, capacity, schedule }: Class, createdAt: Date, updatedAt: Date) {
  return { classId, name, teacherId, capacity, schedule, createdAt, updatedAt };
}
