// Every way in which `npm run rebuild` can fail, with what to do about it.
import { EXIT } from '../../../cli/exit.ts';
import { Failure } from '../../../cli/failure.ts';

export const failures = {
  running: (name: string) =>
    new Failure(
      'rebuild.running',
      `another process is rebuilding ${name}`,
      'wait until it has finished; what crashed holds nothing',
      EXIT.usage,
    ),
  unreachable: (part: string, why: string) =>
    new Failure(
      'rebuild.unreachable',
      `${part} did not answer: ${why}; the live read model is as it was`,
      'start it, or name it by DATABASE_URL and MONGODB_URL or by --postgres and --mongodb',
      EXIT.usage,
    ),
};
