// Loaded into a process with `node --import`: Redis is asked as before, but no look-up of a value (GET, MGET) finds one.
import type { Redis } from 'ioredis';
import { planted } from './config.ts';
import { library } from './library.ts';

planted('nocache');
const { prototype } = library<{ Redis: { prototype: Redis } }>('ioredis').Redis;
const send = prototype.sendCommand;
prototype.sendCommand = function (this: Redis, command, ...values) {
  const answer = send.call(this, command, ...values) as Promise<unknown>;
  if (command.name === 'get') return answer.then(() => null);
  if (command.name === 'mget') return answer.then((found) => (found as unknown[]).map(() => null));
  return answer;
};
