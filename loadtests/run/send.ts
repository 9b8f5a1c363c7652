// Sends one call over plain HTTP and reads its whole answer: for seeding and for the probes, never for the measured load.
import { type Agent, request } from 'node:http';
import { type Call, versionOf } from '../workload/plan.ts';

/** A command that the service answered with a success and a version: it must never be lost. */
export interface Acknowledged {
  id: string;
  version: number;
}

export interface Answer {
  /** 0 = no answer; then `body` says why. */
  status: number;
  version?: number;
  body: string;
}

/** Sends one call and reads the whole answer. Never rejects, except when `signal` aborts. */
export function send(
  baseUrl: string,
  headers: Record<string, string>,
  call: Call,
  options: { agent: Agent; timeoutMs: number; signal?: AbortSignal },
): Promise<Answer> {
  const own: Record<string, string> = { ...headers };
  if (call.key !== undefined) own['Idempotency-Key'] = call.key;
  if (call.body !== undefined) {
    own['Content-Type'] = 'application/json';
    own['Content-Length'] = String(Buffer.byteLength(call.body));
  }
  return new Promise((resolve, reject) => {
    const { agent, timeoutMs, signal } = options;
    const fail = (error: Error) =>
      signal?.aborted ? reject(signal.reason) : resolve({ status: 0, body: error.message });
    const sending = request(
      baseUrl + call.path,
      {
        method: call.method,
        headers: own,
        agent,
        signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]),
      },
      (answer) => {
        let body = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk) => (body += chunk));
        answer.on('error', fail);
        answer.on('end', () => {
          const version = versionOf(answer.headers.etag);
          resolve({ status: answer.statusCode ?? 0, body, ...(version !== undefined && { version }) });
        });
      },
    );
    sending.on('error', fail);
    sending.end(call.body);
  });
}
