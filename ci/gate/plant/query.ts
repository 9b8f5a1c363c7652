// Loaded into a process with `node --import`: every request makes more statements (or finds), one after another, before the program sees it.
import type { Collection, Db, MongoClient } from 'mongodb';
import { planted } from './config.ts';
import { holdEveryRequest } from './every-request.ts';
import { library } from './library.ts';
import { watchPool } from './pool.ts';

const { count, on } = planted('query');
const ask = on === 'postgres' ? askPostgres() : askMongodb();
holdEveryRequest((letThrough) => {
  (async () => {
    for (let n = 0; n < count; n++) await ask();
  })().then(letThrough, letThrough);
});

function askPostgres(): () => Promise<unknown> {
  const pool = watchPool();
  return async () => pool()?.query('select $1::int as one_more', [1]);
}

function askMongodb(): () => Promise<unknown> {
  const { MongoClient } = library<{ MongoClient: { prototype: MongoClient } }>('mongodb');
  const { db } = MongoClient.prototype;
  let collection: Collection | undefined;
  MongoClient.prototype.db = function (this: MongoClient, ...values: Parameters<MongoClient['db']>): Db {
    const made = db.apply(this, values);
    collection ??= made.collection('one_more');
    return made;
  };
  return async () => collection?.findOne({ one: 1 });
}
