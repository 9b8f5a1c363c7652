// The environment of the teller: where its socket goes.

/** Name of the variable that carries the folder. */
export const ALLOCATION_DIR = 'AMSPERF_ALLOCATION_DIR';

export const socketDir = (env: Record<string, string | undefined> = process.env): string => env[ALLOCATION_DIR] ?? '.';
