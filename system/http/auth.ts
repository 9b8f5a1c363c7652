// Who asks: a bearer token (JWT, HS256) and the tenant header in, an Actor out; every doubt is an AmsError.
import { createSecretKey, type KeyObject } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { AmsError } from '../errors.ts';

export const ROLES = ['student', 'parent', 'teacher', 'manager'] as const;
export type Role = (typeof ROLES)[number];

export interface Actor {
  /** The token's `sub`. */
  id: string;
  tenantId: string;
  role: Role;
}

const claims = z.object({ sub: z.string().min(1).max(200), tenant: z.string().min(1).max(100), role: z.enum(ROLES) });
const ALGORITHM = 'HS256';

export function secretKey(secret: string): KeyObject {
  return createSecretKey(Buffer.from(secret, 'utf8'));
}

/**
 * Checks the two headers of a request against each other.
 * @throws AmsError auth.missing, auth.invalid, tenant.missing, tenant.mismatch
 */
export async function authenticate(
  headers: { authorization?: string; tenant?: string },
  key: KeyObject,
  clock: Clock,
): Promise<Actor> {
  const token = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (!token) throw new AmsError('auth.missing');
  const payload = await jwtVerify(token, key, {
    algorithms: [ALGORITHM],
    requiredClaims: ['exp'],
    currentDate: clock.now(),
  }).then(
    (verified) => verified.payload,
    (error: unknown) => {
      if (error instanceof errors.JOSEError) throw new AmsError('auth.invalid', undefined, { cause: error });
      throw error;
    },
  );
  const read = claims.safeParse(payload);
  if (!read.success) throw new AmsError('auth.invalid', undefined, { cause: read.error });
  if (!headers.tenant) throw new AmsError('tenant.missing');
  if (headers.tenant !== read.data.tenant) throw new AmsError('tenant.mismatch');
  return { id: read.data.sub, tenantId: read.data.tenant, role: read.data.role };
}

/** A token that `authenticate` accepts until `lifeSeconds` after `now`. */
export function signToken(
  actor: { id: string; tenantId: string; role: string },
  key: KeyObject,
  now: Date,
  lifeSeconds: number,
): Promise<string> {
  const issuedAt = Math.floor(now.getTime() / 1000);
  return new SignJWT({ tenant: actor.tenantId, role: actor.role })
    .setProtectedHeader({ alg: ALGORITHM })
    .setSubject(actor.id)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + lifeSeconds)
    .sign(key);
}
