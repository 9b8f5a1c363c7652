// Loaded into a process with `node --import`: MongoDB answers as if indexes were lost. The hint makes it read the collection
// in its natural order, which is the plan it has without an index; a question by _id keeps the one that cannot be lost.
import type { Collection, Document } from 'mongodb';
import { planted } from './config.ts';
import { library } from './library.ts';

const { collection } = planted('noindex');
const { prototype } = library<{ Collection: { prototype: Collection } }>('mongodb').Collection;
const hint = { $natural: 1 as const };
const loses = (asked: Collection, filter: Document) =>
  (collection === null || asked.collectionName === collection) && !Object.hasOwn(filter, '_id');

const find = prototype.find as (...values: unknown[]) => never;
prototype.find = function (this: Collection, filter: Document = {}, options: Document = {}) {
  return find.call(this, filter, loses(this, filter) ? { ...options, hint } : options);
} as Collection['find'];

const aggregate = prototype.aggregate as (...values: unknown[]) => never;
prototype.aggregate = function (this: Collection, pipeline: Document[] = [], options: Document = {}) {
  const filter = (pipeline[0]?.$match ?? {}) as Document;
  return aggregate.call(this, pipeline, loses(this, filter) ? { ...options, hint } : options);
} as Collection['aggregate'];
