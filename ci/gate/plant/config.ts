// The environment of a planted slowdown: which one, as JSON.
import type { Plant, PlantKind } from './plants.ts';

/** Name of the variable that carries the plant. */
export const PLANT = 'AMSPERF_PLANT';

/** Throws when the variable is missing or of another kind: a plant that does nothing would make the gate look blind. */
export function planted<K extends PlantKind>(
  kind: K,
  env: Record<string, string | undefined> = process.env,
): Extract<Plant, { kind: K }> {
  const plant = JSON.parse(env[PLANT] ?? 'null') as Plant | null;
  if (plant?.kind !== kind) throw new Error(`${PLANT} must be a plant of the kind ${kind}, not ${env[PLANT]}`);
  return plant as Extract<Plant, { kind: K }>;
}
