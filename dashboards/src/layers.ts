// The system page: every layer with its own figures, in the order in which a request meets them. At most five graphs a row.
import { application, releases } from './layers/api.ts';
import { mongodb, postgresql, writeModel } from './layers/databases.ts';
import { browsers, outbound, queues } from './layers/events.ts';
import { cache, redis } from './layers/redis.ts';
import type { RowSpec } from './panels.ts';

export const layers: RowSpec[] = [
  application,
  releases,
  postgresql,
  writeModel,
  mongodb,
  cache,
  redis,
  queues,
  outbound,
  browsers,
];
