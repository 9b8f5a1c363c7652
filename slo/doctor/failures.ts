// Every way in which the doctor cannot look, with what to do about it.
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';

export const failures = {
  unreachable: (url: string, why: string) =>
    new Failure(
      'doctor.unreachable',
      `${url} does not answer: ${why}`,
      'start it, or name the /metrics of a process, a Prometheus or a recorded file',
      EXIT.invalid,
    ),
  empty: (url: string) =>
    new Failure(
      'doctor.empty',
      `${url} exposes no metric`,
      'name the /metrics of a process, a Prometheus or a recorded file',
      EXIT.invalid,
    ),
};
