// The hook `identities` of service.yaml: JSON `[{tenant, role, subject}]` on standard input, the headers of each on standard output.
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { systemClock } from '../clock.ts';
import { readSecret } from '../config.ts';
import { ROLES, secretKey, signToken } from '../http/auth.ts';

const LIFE_SECONDS = 24 * 3600;

const identities = z.array(z.strictObject({ tenant: z.string(), role: z.enum(ROLES), subject: z.string() }));

const key = secretKey(readSecret());
const asked = identities.parse(JSON.parse(await text(process.stdin)));
const now = systemClock.now();
const headers = await Promise.all(
  asked.map(async ({ tenant, role, subject }) => ({
    authorization: `Bearer ${await signToken({ id: subject, tenantId: tenant, role }, key, now, LIFE_SECONDS)}`,
    'x-ams-tenant': tenant,
  })),
);
process.stdout.write(`${JSON.stringify(headers)}\n`);
