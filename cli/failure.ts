import type { ExitCode } from './exit.ts';

/**
 * An error meant for a person: what was wrong in one line, what to do in another, and the exit code.
 * Each area keeps its own table of these and throws nothing else on purpose.
 */
export class Failure extends Error {
  readonly code: string;
  readonly hint: string;
  readonly exitCode: ExitCode;

  constructor(code: string, message: string, hint: string, exitCode: ExitCode) {
    super(message);
    this.name = 'Failure';
    this.code = code;
    this.hint = hint;
    this.exitCode = exitCode;
  }
}
