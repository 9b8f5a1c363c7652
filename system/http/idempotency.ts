// The caller's promise that a retry is the same command: the header Idempotency-Key, and a hash of what was asked.
import { hash } from 'node:crypto';
import { AmsError } from '../errors.ts';

const LONGEST_KEY = 200;

/** @throws AmsError idempotency.missing when there is none, request.invalid when it is too long */
export function readKey(header: string | undefined): string {
  if (!header) throw new AmsError('idempotency.missing');
  if (header.length > LONGEST_KEY) {
    throw new AmsError('request.invalid', `Idempotency-Key is longer than ${LONGEST_KEY} characters`);
  }
  return header;
}

/**
 * Equal for two requests that ask the same of the same use case as the same actor, in whatever order and spacing their
 * JSON came: `input` is what a schema gave, whose keys always stand in the schema's order.
 */
export function requestHash(useCase: string, actorId: string, input: unknown): string {
  return hash('sha256', JSON.stringify([useCase, actorId, input]));
}
