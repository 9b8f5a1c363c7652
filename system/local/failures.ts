// Every way in which starting something on this machine can fail, with what to do about it.
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';

const lastLines = (log: string) => log.trim().split('\n').slice(-20).join('\n');

export const failures = {
  partMissing: (name: string, tried: string, debian: string, mac: string) =>
    new Failure('part.missing', `${name} was not found: ${tried}`, `Debian: ${debian}; macOS: ${mac}`, EXIT.usage),
  installFailed: (name: string, command: string, output: string) =>
    new Failure(
      'part.install-failed',
      `${name} could not be installed: "${command}" failed\n${lastLines(output)}`,
      `run it by hand to see why, or put ${name} on PATH`,
      EXIT.usage,
    ),
  notReady: (name: string, waitedMs: number, log: string) =>
    new Failure(
      'start.not-ready',
      `${name} did not become ready within ${waitedMs / 1000} s; its last lines:\n${lastLines(log)}`,
      'mend what the lines say, or free the machine, and start again',
      EXIT.invalid,
    ),
  exited: (name: string, how: string, log: string) =>
    new Failure(
      'start.exited',
      `${name} ended ${how} before it was ready; its last lines:\n${lastLines(log)}`,
      'mend what the lines say and start again',
      EXIT.invalid,
    ),
  portInUse: (port: number, name: string) =>
    new Failure(
      'port.in-use',
      `port ${port} for ${name} is in use`,
      'end what listens there or choose another port',
      EXIT.usage,
    ),
  unreachable: (name: string, url: string, why: string) =>
    new Failure(
      'part.unreachable',
      `${name} at ${url} (from the environment) does not answer: ${why}`,
      'start it, mend the address, or unset the variable so that one is started here',
      EXIT.usage,
    ),
  notOnThisMachine: (name: string, url: string, folder: string) =>
    new Failure(
      'part.not-here',
      `${name} at ${url} keeps its data in ${folder}, which cannot be read from here`,
      'a replica can be made only of a server on this machine whose data folder this user may read',
      EXIT.usage,
    ),
  hookFailed: (hook: string, how: string, log: string) =>
    new Failure(
      'service.hook-failed',
      `the service's "${hook}" command ended ${how}:\n${lastLines(log)}`,
      'run it by hand in that checkout',
      EXIT.invalid,
    ),
  badBalancer: (file: string, why: string) =>
    new Failure(
      'balancer.malformed',
      `HAProxy refuses ${file}:\n${lastLines(why)}`,
      'mend the lines it names; system/deploy/haproxy.cfg is a complete example',
      EXIT.usage,
    ),
  badService: (file: string, why: string) =>
    new Failure('service.malformed', `${file}: ${why}`, 'system/service.yaml is a complete example', EXIT.usage),
};
