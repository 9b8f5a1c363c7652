// Every way in which a source of figures can fail, with what to do about it.
import { EXIT } from '../../cli/exit.ts';
import { Failure } from '../../cli/failure.ts';

export const failures = {
  unreachable: (what: string, why: string) =>
    new Failure(
      'source.unreachable',
      `${what} does not answer as a Prometheus: ${why}`,
      'start it (npm run stack -- up), mend the address, or name a recorded file',
      EXIT.invalid,
    ),
  empty: (what: string) =>
    new Failure(
      'source.empty',
      `${what} holds no series`,
      'wait until something was scraped; its page /targets says what it scrapes',
      EXIT.invalid,
    ),
  refused: (what: string, query: string, why: string) =>
    new Failure('source.refused-query', `${what} refuses ${query}: ${why}`, 'mend the query', EXIT.usage),
  notANumber: (what: string, query: string, series: string) =>
    new Failure(
      'source.nan',
      `${what} answers ${query} with NaN${series && ` in ${series}`}`,
      'a division by zero, or NaN in the samples: npm run slo -- doctor says which metric',
      EXIT.invalid,
    ),
  noFile: (file: string) =>
    new Failure(
      'source.no-file',
      `there is no file ${file}`,
      'name a recorded file (OpenMetrics text with timestamps) or a URL that begins with http://',
      EXIT.usage,
    ),
  malformed: (place: string, what: string) =>
    new Failure(
      'source.malformed',
      `${place}: ${what}`,
      'a line is name{label="value"} value seconds, and the last one # EOF (OpenMetrics)',
      EXIT.usage,
    ),
  notLoaded: (file: string, output: string) =>
    new Failure(
      'source.not-loaded',
      `promtool could not load ${file}:\n${output.trim()}`,
      'samples of one series stand in the order of time, without two at one time',
      EXIT.usage,
    ),
};
