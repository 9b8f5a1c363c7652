// Every way in which the comment cannot be posted, with what to do about it.
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';

const usage = (code: string, message: string, hint: string) => new Failure(code, message, hint, EXIT.usage);

export const failures = {
  noComment: (file: string, why: string) =>
    usage('comment.no-file', `${file} cannot be read: ${why}`, 'name the comment.md of a gate that ended'),
  notOurs: (file: string) =>
    usage('comment.not-ours', `${file} is no comment of the gate`, 'name the comment.md in the folder of its reports'),
  missing: (what: string, option: string) =>
    usage('comment.incomplete', `${what} is not known`, `run it in GitHub Actions, or give ${option}`),
  badNumber: (value: string) =>
    usage(
      'comment.number',
      `--pull-request "${value}" is no number of a pull request`,
      'for example --pull-request 12',
    ),
  refused: (what: string, status: number, answer: string) =>
    usage(
      'comment.refused',
      `GitHub refused to ${what}: ${status} ${answer}`,
      status === 401 || status === 403 || status === 404
        ? 'the job needs "permissions: pull-requests: write"; pull requests from forks never get it: their result is in the job summary'
        : 'try again later; the result is in the job summary',
    ),
  unreachable: (url: string, why: string) =>
    usage('comment.unreachable', `${url} does not answer: ${why}`, 'the result is in the job summary'),
};
