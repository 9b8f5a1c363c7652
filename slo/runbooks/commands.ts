// Whether what a page tells people to run is there: npm scripts, words of `npm run slo`, services of docker compose.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { commandsOf } from './page.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');

export interface Known {
  scripts: string[];
  words: string[];
  services: string[];
}

const packageSchema = z.object({ scripts: z.record(z.string(), z.string()) });
const composeSchema = z.object({ services: z.record(z.string(), z.unknown()) });

export async function readKnown(root = ROOT): Promise<Known> {
  const text = (file: string) => readFile(path.join(root, file), 'utf8');
  const { scripts } = packageSchema.parse(JSON.parse(await text('package.json')));
  const { services } = composeSchema.parse(parse(await text('docker-compose.yml')));
  // Read as text: who imports the group of words imports this file, too.
  const words = [...(await text('slo/command.ts')).matchAll(/^ {4}(\w+): \(\) => import\(/gm)];
  return { scripts: Object.keys(scripts), words: words.map(([, word]) => word!), services: Object.keys(services) };
}

/** What the page names and nobody knows, and how many it names. Pure. */
export function unknownCommands(page: string, known: Known): { unknown: string[]; checked: number } {
  const named = commandsOf(page);
  const kinds = ['scripts', 'words', 'services'] as const;
  return {
    unknown: kinds.flatMap((kind) => named[kind].filter((one) => !known[kind].includes(one))),
    checked: kinds.reduce((sum, kind) => sum + named[kind].length, 0),
  };
}
