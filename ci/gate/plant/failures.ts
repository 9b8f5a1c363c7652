// Every way in which a planted slowdown cannot be understood, with what to write instead.
import { EXIT } from '../../../cli/exit.ts';
import { Failure } from '../../../cli/failure.ts';

export const failures = {
  unknownPlant: (word: string, kinds: string[]) =>
    new Failure(
      'usage',
      `--plant "${word}" names no kind`,
      `one of ${kinds.join(', ')}; see npm run gate -- --help`,
      EXIT.usage,
    ),
  badPlant: (word: string, form: { example: string; does: string }) =>
    new Failure(
      'usage',
      `--plant "${word}" is not understood`,
      `for example ${form.example}: ${form.does}`,
      EXIT.usage,
    ),
  plantOutOfRange: (word: string) =>
    new Failure(
      'usage',
      `--plant "${word}" is out of range`,
      'times above 0 and up to 10000ms, 1 to 1000 queries, up to 256MiB, up to 100%',
      EXIT.usage,
    ),
};
