// The hook `identities` of service.yaml: JSON `[{tenant, role, subject}]` on standard input, the headers of each on standard output.
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { systemClock } from '../clock.ts';
import { readSecret } from '../config.ts';
import { EVERY_TENANT, ROLES, secretKey, signToken } from '../http/auth.ts';

const LIFE_SECONDS = 24 * 3600;

const identities = z.array(z.strictObject({ tenant: z.string(), role: z.enum(ROLES), subject: z.string() }));

const key = secretKey(readSecret());
const asked = identities.parse(JSON.parse(await text(process.stdin)));
const now = systemClock.now();
const headers = await Promise.all(
  asked.map(async ({ tenant, role, subject }) => {
    const tenantId = role === 'super_admin' ? EVERY_TENANT : tenant;
    const token = await signToken({ id: subject, tenantId, role }, key, now, LIFE_SECONDS);
    return { authorization: `Bearer ${token}`, 'x-ams-tenant': tenant };
  }),
);
process.stdout.write(`${JSON.stringify(headers)}\n`);
