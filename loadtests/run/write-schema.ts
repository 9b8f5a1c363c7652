// Writes schema.json beside it: to be run when schema.ts has changed.
import path from 'node:path';
import { writeWhole } from './result.ts';
import { runJsonSchema } from './schema.ts';

await writeWhole(path.join(import.meta.dirname, 'schema.json'), `${JSON.stringify(runJsonSchema(), null, 2)}\n`);
