// The environment that plants a slowdown in a process from outside: given to the target process of the head arm only.
import { PLANT_MS } from './config.ts';

/** @param plant for example `{kind: 'delay', ms: 20}` */
export function plantEnvironment(plant: { kind: 'delay' | 'cpu'; ms: number }): Record<string, string> {
  const module = new URL(`./${plant.kind}.ts`, import.meta.url).href;
  return { NODE_OPTIONS: `--import=${module}`, [PLANT_MS]: String(plant.ms) };
}
