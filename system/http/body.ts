// The JSON body of a request: bytes in, the value out; what is too large, not JSON or not UTF-8 is an AmsError.
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { AmsError } from '../errors.ts';

const LONGEST_BYTES = 64 * 1024;
const USUAL_TYPE = 'application/json';
const JSON_TYPE = /^application\/json *(?:; *charset="?utf-8"? *)?$/i;

/** @throws AmsError request.too-large, request.invalid */
export async function readJson(req: IncomingMessage): Promise<unknown> {
  const { 'content-type': type = '', 'content-encoding': encoding, 'content-length': length } = req.headers;
  if (type !== USUAL_TYPE && !JSON_TYPE.test(type)) throw invalid('Content-Type is not application/json');
  if (encoding !== undefined) throw invalid('Content-Encoding is not supported');
  if (length !== undefined && Number(length) > LONGEST_BYTES) throw new AmsError('request.too-large');
  const bytes = await readBytes(req);
  if (!isUtf8(bytes)) throw invalid('the body is not UTF-8');
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw invalid('the body is not JSON', error);
  }
}

/** What comes after the limit flows past and is kept by nobody. */
function readBytes(req: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let length = 0;
    const keep = (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length <= LONGEST_BYTES) return;
      req.off('data', keep);
      chunks = [];
      reject(new AmsError('request.too-large'));
    };
    req.on('data', keep);
    req.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    // Also after an error: a request that nobody watches for errors keeps them to itself.
    req.on('close', () => {
      if (!req.readableEnded) reject(invalid('the body ended early'));
    });
  });
}

function invalid(detail: string, cause?: unknown): AmsError {
  return new AmsError('request.invalid', detail, { cause });
}
