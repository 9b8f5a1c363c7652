// Every way in which a postmortem can go wrong, with what to do about it.
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';

const wrong = (code: string, message: string, hint: string) =>
  new Failure(`postmortem.${code}`, message, hint, EXIT.usage);
const untrusted = (code: string, message: string, hint: string) =>
  new Failure(`postmortem.${code}`, message, hint, EXIT.invalid);

export const failures = {
  malformed: (place: string, what: string) =>
    wrong('malformed', `${place}: ${what}`, 'compare with a record that `npm run slo -- postmortem` has written'),
  noRecord: (folder: string, file: string) =>
    wrong('no-record', `there is no ${file} in ${folder}`, 'name a folder below slo/postmortem/records'),
  exists: (folder: string) =>
    wrong('exists', `${folder} exists, and a record is never overwritten`, 'name another folder with --out'),
  noTime: (option: string, value: string) =>
    wrong('no-time', `--${option} is no UTC time: "${value}"`, `for example --${option} 2026-11-20T10:00:00Z`),
  backwards: (from: string, to: string) =>
    wrong('backwards', `the span ends (${to}) before it begins (${from})`, 'exchange --from and --to'),
  tooLong: (days: number) =>
    wrong('too-long', `a span of ${days} days is no incident`, 'name at most 31 days with --from and --to'),
  inTheFuture: (to: string, now: string) =>
    wrong('future', `the span ends at ${to}, and it is ${now}`, 'a postmortem looks back: choose an earlier --to'),
  unknownObjective: (name: string, known: readonly string[]) =>
    wrong('unknown-objective', `there is no objective named "${name}"`, `one of ${known.join(', ')}`),
  noObjective: (known: readonly string[]) =>
    wrong('no-objective', 'no alert of an objective fired in that span', `--objective with one of ${known.join(', ')}`),
  neverFired: (alert: string, span: string, fired: readonly string[]) =>
    wrong(
      'never-fired',
      `the alert ${alert} did not fire ${span}`,
      fired.length > 0
        ? `these did: ${fired.join(', ')}`
        : 'no alert did; name the time with --from and --to, or other data with --source',
    ),
  noData: (what: string, query: string, span: string) =>
    untrusted(
      'no-data',
      `${what} has no data ${span} for ${query}`,
      'look at the time (UTC) and at the source: a Prometheus keeps 15 days unless told otherwise',
    ),
  manySeries: (query: string, count: number) =>
    wrong('many-series', `${query} answers with ${count} series`, 'a figure is one number: sum or max over the series'),
  notKept: (folder: string, differences: readonly { figure: string; stands: string; is: string }[]) =>
    untrusted(
      'not-kept',
      `${differences.length} figures of ${folder} are not the same when the samples are asked: ${differences.map(({ figure, stands, is }) => `${figure} (${stands}, now ${is})`).join(', ')}`,
      'npm run slo -- postmortem verify says whether the source still gives them; else name another with --source',
    ),
  noLog: (file: string) => wrong('no-log', `there is no file ${file}`, "name the API's log: JSON lines"),
  notALog: (file: string) =>
    wrong(
      'not-a-log',
      `${file} has no line of JSON with timestamp and detail.status`,
      "name the API's log: JSON lines",
    ),
};
