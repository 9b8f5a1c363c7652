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
  'rate.limited': { status: 429, message: 'too many requests' },
  'sign-in.refused': { status: 401, message: 'the name or the password is wrong' },
  'session.ended': { status: 401, message: 'this refresh token is unknown, used or expired: sign in again' },
  'route.unknown': { status: 404, message: 'there is no such route' },
  'member.unknown': { status: 404, message: 'there is no such member' },
  'member.exists': { status: 409, message: 'a member with this id exists' },
  'class.unknown': { status: 404, message: 'there is no such class' },
  'class.exists': { status: 409, message: 'a class with this id exists' },
  'class.schedule': { status: 400, message: 'a lesson ends before it starts, or two of a day overlap' },
  'class.full': { status: 409, message: 'this class has no free place' },
  'enrolment.unknown': { status: 404, message: 'there is no such enrolment' },
  'enrolment.exists': { status: 409, message: 'this enrolment exists' },
  'enrolment.twice': { status: 409, message: 'this student is in this class already' },
  'enrolment.withdrawn': { status: 409, message: 'the student has left this class already' },
  'attendance.unknown': { status: 404, message: 'there is no such attendance' },
  'attendance.exists': { status: 409, message: 'an attendance with this id exists' },
  'attendance.confirmed': { status: 409, message: 'this attendance is confirmed already' },
  'payment.unknown': { status: 404, message: 'there is no such payment' },
  'payment.exists': { status: 409, message: 'a payment with this id exists' },
  'payment.receipt-taken': {
    status: 409,
    message: 'the receipt number that follows from this id is taken: choose another id',
  },
  'payment.refunded': { status: 409, message: 'this payment is refunded already' },
  'account.unknown': { status: 404, message: 'there is no such account' },
  'account.exists': { status: 409, message: 'an account with this id or sign-in name exists' },
  'verification.unknown': { status: 404, message: 'there is no such verification, or it has ended' },
  'verification.wrong': { status: 400, message: 'the code is wrong' },
  'origin.forbidden': { status: 403, message: 'pages of this origin may not send here' },
  'profile.busy': { status: 409, message: 'another profile is being taken' },
  'write.conflict': { status: 409, message: 'somebody else changed this at the same time' },
  'part.unavailable': { status: 500, message: 'a part of the service did not answer in time' },
  'server.failed': { status: 500, message: 'the service failed' },
} as const satisfies Record<string, { status: number; message: string }>;

export type ErrorCode = keyof typeof TABLE;

/** What the OpenAPI document says of a code. */
export function errorOf(code: ErrorCode): { status: number; message: string } {
  return TABLE[code];
}

/** An error with a code of the table; `detail` is for the caller's eyes (which field, which value). */
export class AmsError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  /** When it makes sense to try again: the header Retry-After. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, detail?: string, options?: ErrorOptions & { retryAfterSeconds?: number }) {
    super(detail ? `${TABLE[code].message}: ${detail}` : TABLE[code].message, options);
    this.name = 'AmsError';
    this.code = code;
    this.status = TABLE[code].status;
    this.retryAfterSeconds = options?.retryAfterSeconds;
  }
}
