// How projections talk to MongoDB: what was acknowledged survives the loss of the primary, and what is read is the newest.
import type { CollectionOptions } from 'mongodb';

export const DURABLE: CollectionOptions = {
  writeConcern: { w: 'majority', journal: true },
  readPreference: 'primary',
};
