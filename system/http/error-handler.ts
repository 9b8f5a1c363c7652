// The last step of a request that failed: whatever was thrown becomes an AmsError of the table and its envelope.
import type { ErrorRequestHandler } from 'express';
import type { Clock } from '../clock.ts';
import { AmsError } from '../errors.ts';
import { recordOf } from './access-log.ts';
import { failed } from './envelope.ts';

/** What body-parser and Express's router throw: an HTTP status and, from body-parser, a type. */
interface HttpError {
  status: number;
  type?: string;
}

export function errorHandler(clock: Clock): ErrorRequestHandler {
  return (thrown: unknown, _req, res, next) => {
    const error = amsErrorOf(thrown);
    recordOf(res).error = error;
    if (res.headersSent) return next(thrown); // Express then cuts the connection: half an answer must not look whole
    res.status(error.status).json(failed(error, clock.now()));
  };
}

/** What was thrown, in words that are safe to tell: only AmsErrors speak for themselves. */
export function amsErrorOf(thrown: unknown): AmsError {
  if (thrown instanceof AmsError) return thrown;
  if (isHttpError(thrown)) {
    if (thrown.status === 413) return new AmsError('request.too-large', undefined, { cause: thrown });
    return new AmsError('request.invalid', thrown.type ?? 'the path cannot be read', { cause: thrown });
  }
  return new AmsError('server.failed', undefined, { cause: thrown });
}

function isHttpError(thrown: unknown): thrown is HttpError {
  const status = (thrown as Partial<HttpError> | null | undefined)?.status;
  return thrown instanceof Error && typeof status === 'number' && status >= 400 && status < 500;
}
