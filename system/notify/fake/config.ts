// The environment of the fake provider.
import { z } from 'zod';

const schema = z.object({
  PORT: z.coerce.number().int().min(0).max(65535).default(8090),
  HOST: z.string().default('127.0.0.1'),
});

export function readFakeConfig(env: Record<string, string | undefined> = process.env): { port: number; host: string } {
  const { PORT, HOST } = schema.parse(env);
  return { port: PORT, host: HOST };
}
