// Who asks: a bearer token (JWT, HS256) and the tenant header in, an Actor out; every doubt is an AmsError.
import { createSecretKey, type KeyObject } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { AmsError } from '../errors.ts';

export const ROLES = ['student', 'parent', 'teacher', 'manager', 'super_admin'] as const;
export type Role = (typeof ROLES)[number];

/** The tenant of a super admin's token: the header X-AMS-Tenant says which one each request is about. */
export const EVERY_TENANT = '*';
const TENANT = /^[\w.-]{1,100}$/;

export interface Actor {
  /** The token's `sub`: the account, where one signed in. */
  id: string;
  /** The tenant that the request is about. */
  tenantId: string;
  role: Role;
  /** The member that the account belongs to; without one `id` is the member. */
  memberId?: string;
}

/** Checks the two headers of a request against each other. Throws AmsError auth.missing, auth.invalid, tenant.missing, tenant.mismatch. */
export type Authenticate = (headers: { authorization?: string; tenant?: string }) => Actor | Promise<Actor>;

const claims = z
  .object({
    sub: z.string().min(1).max(200),
    tenant: z.string().min(1).max(100),
    role: z.enum(ROLES),
    member: z.string().min(1).max(200).optional(),
    exp: z.number(),
  })
  .refine(({ tenant, role }) => (tenant === EVERY_TENANT) === (role === 'super_admin'));
const ALGORITHM = 'HS256';
/** Verified tokens kept: about one per user who is active within a token's life. */
const MOST_VERIFIED = 10_000;

export function secretKey(secret: string): KeyObject {
  return createSecretKey(Buffer.from(secret, 'utf8'));
}

/**
 * A token is verified once and then known by its very bytes until it expires: a forged one never gets in. There is no
 * list of revoked tokens; their short life is the revocation.
 */
export function createAuthenticator(key: KeyObject, clock: Clock): Authenticate {
  const verified = new LRUCache<string, { actor: Actor; expiresAtMs: number }>({ max: MOST_VERIFIED });

  async function verify(authorization: string | undefined): Promise<Actor> {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (!token) throw new AmsError('auth.missing');
    const options = { algorithms: [ALGORITHM], requiredClaims: ['exp'], currentDate: clock.now() };
    const payload = await jwtVerify(token, key, options).then(
      (good) => good.payload,
      (error: unknown) => {
        if (error instanceof errors.JOSEError) throw new AmsError('auth.invalid', undefined, { cause: error });
        throw error;
      },
    );
    const read = claims.safeParse(payload);
    if (!read.success) throw new AmsError('auth.invalid', undefined, { cause: read.error });
    const { sub, tenant, role, member, exp } = read.data;
    const actor: Actor = { id: sub, tenantId: tenant, role, ...(member !== undefined && { memberId: member }) };
    verified.set(authorization!, { actor, expiresAtMs: exp * 1000 });
    return actor;
  }

  return ({ authorization, tenant }) => {
    const known = authorization === undefined ? undefined : verified.get(authorization);
    if (known && clock.now().getTime() < known.expiresAtMs) return inTenant(known.actor, tenant);
    return verify(authorization).then((actor) => inTenant(actor, tenant));
  };
}

/** @throws AmsError tenant.missing, tenant.mismatch, request.invalid */
function inTenant(actor: Actor, tenant: string | undefined): Actor {
  if (!tenant) throw new AmsError('tenant.missing');
  if (actor.role === 'super_admin') return { ...actor, tenantId: tenantNamed(tenant) };
  if (tenant !== actor.tenantId) throw new AmsError('tenant.mismatch');
  return actor;
}

/** The tenant of somebody who has no token yet, or `*` for super admins. Throws AmsError tenant.missing, request.invalid */
export function openTenant(header: string | undefined): string {
  if (!header) throw new AmsError('tenant.missing');
  return header === EVERY_TENANT ? header : tenantNamed(header);
}

function tenantNamed(header: string): string {
  if (!TENANT.test(header)) throw new AmsError('request.invalid', 'X-AMS-Tenant: letters, digits, _ . -');
  return header;
}

/** A token that authenticates its actor until `lifeSeconds` after `now`. */
export function signToken(
  actor: { id: string; tenantId: string; role: string; memberId?: string },
  key: KeyObject,
  now: Date,
  lifeSeconds: number,
): Promise<string> {
  const issuedAt = Math.floor(now.getTime() / 1000);
  return new SignJWT({ tenant: actor.tenantId, role: actor.role, ...(actor.memberId && { member: actor.memberId }) })
    .setProtectedHeader({ alg: ALGORITHM })
    .setSubject(actor.id)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + lifeSeconds)
    .sign(key);
}
