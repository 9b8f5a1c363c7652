// The one table of errors that an AMS request can end with. A code is never reused for another meaning.
const TABLE = {
  'request.invalid': { status: 400, message: 'the request does not match its schema' },
  'request.too-large': { status: 413, message: 'the request body is too large' },
  'idempotency.missing': { status: 400, message: 'a command needs the header Idempotency-Key' },
  'idempotency.reused': { status: 409, message: 'this Idempotency-Key was used with another request' },
  'tenant.missing': { status: 400, message: 'the header X-AMS-Tenant is missing' },
  'auth.missing': { status: 401, message: 'a bearer token is missing' },
  'auth.invalid': { status: 401, message: 'the token is forged, malformed or expired' },
  'tenant.mismatch': { status: 403, message: 'the token belongs to another tenant' },
  'role.forbidden': { status: 403, message: 'this role may not do that' },
  'route.unknown': { status: 404, message: 'there is no such route' },
  'member.unknown': { status: 404, message: 'there is no such member' },
  'member.exists': { status: 409, message: 'a member with this id exists' },
  'attendance.unknown': { status: 404, message: 'there is no such attendance' },
  'attendance.exists': { status: 409, message: 'an attendance with this id exists' },
  'attendance.confirmed': { status: 409, message: 'this attendance is confirmed already' },
  'write.conflict': { status: 409, message: 'somebody else changed this at the same time' },
  'part.unavailable': { status: 500, message: 'a part of the service did not answer in time' },
  'server.failed': { status: 500, message: 'the service failed' },
} as const satisfies Record<string, { status: number; message: string }>;

export type ErrorCode = keyof typeof TABLE;

/** An error with a code of the table; `detail` is for the caller's eyes (which field, which value). */
export class AmsError extends Error {
  readonly code: ErrorCode;
  readonly status: number;

  constructor(code: ErrorCode, detail?: string, options?: ErrorOptions) {
    super(detail ? `${TABLE[code].message}: ${detail}` : TABLE[code].message, options);
    this.name = 'AmsError';
    this.code = code;
    this.status = TABLE[code].status;
  }
}
