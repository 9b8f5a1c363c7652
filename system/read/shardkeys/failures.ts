// Every way in which `npm run shardkeys` can fail, with what to do about it.
import { EXIT } from '../../../cli/exit.ts';
import { Failure } from '../../../cli/failure.ts';

export const failures = {
  loadFailed: (scenario: string, code: number | string, lines: string) =>
    new Failure(
      'shardkeys.load',
      `the load "${scenario}" did not run (${code}):\n${lines.trim().split('\n').slice(-5).join('\n')}`,
      `run it by hand: npm run load -- ${scenario}`,
      EXIT.invalid,
    ),
  nothingSeen: () =>
    new Failure(
      'shardkeys.nothing',
      'no read model has documents and operations: there is nothing to judge',
      'put a load on it meanwhile: npm run load -- average',
      EXIT.invalid,
    ),
  unreachable: (why: string) =>
    new Failure(
      'shardkeys.unreachable',
      `MongoDB does not answer, or may not be profiled: ${why}`,
      'give --mongodb URL of a server of yours; a router (mongos) has no profiler, so ask one of its shards',
      EXIT.usage,
    ),
};
