// The environment that plants a slowdown in a process from outside: given to the target process of the head arm only.
import { PLANT } from './config.ts';
import type { Plant } from './plants.ts';

/** The module of the plant's kind is loaded before the program; it reads the rest from its own variable. */
export function plantEnvironment(plant: Plant): Record<string, string> {
  const module = new URL(`./${plant.kind}.ts`, import.meta.url).href;
  return { NODE_OPTIONS: `--import=${module}`, [PLANT]: JSON.stringify(plant) };
}

/** Environments as one: options for Node are put after each other, of everything else the last one counts. */
export function joinEnvironment(...all: Record<string, string>[]): Record<string, string> {
  const joined: Record<string, string> = Object.assign({}, ...all);
  const options = all.flatMap(({ NODE_OPTIONS }) => NODE_OPTIONS ?? []);
  return options.length > 0 ? { ...joined, NODE_OPTIONS: options.join(' ') } : joined;
}
