// The environment of a planted slowdown: how long each request is held up.

/** Name of the variable that carries the milliseconds. */
export const PLANT_MS = 'AMSPERF_PLANT_MS';

/** Throws when the variable is missing: a plant that does nothing would make the gate look blind. */
export function plantMs(env: Record<string, string | undefined> = process.env): number {
  const ms = Number(env[PLANT_MS]);
  if (!(ms > 0)) throw new Error(`${PLANT_MS} must be a positive number of milliseconds, not "${env[PLANT_MS]}"`);
  return ms;
}
