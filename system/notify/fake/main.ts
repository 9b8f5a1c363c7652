// The fake provider as a process: `PORT=8090 node system/notify/fake/main.ts`.
import { readFakeConfig } from './config.ts';
import { startFakeProvider } from './provider.ts';

const provider = await startFakeProvider(readFakeConfig());
process.stdout.write(`the fake provider listens on ${provider.url}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void provider.stop());
