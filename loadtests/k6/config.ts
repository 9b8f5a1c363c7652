// What the engine hands to a k6 script in its environment.

export const load = {
  /** Lines of workload/packed.ts. */
  arrivalsFile: __ENV.LOAD_ARRIVALS!,
  headersFile: __ENV.LOAD_HEADERS!,
  baseUrl: __ENV.LOAD_BASE_URL!,
  /** Size of the pool of connections. */
  connections: Number(__ENV.LOAD_VUS),
  timeoutMs: Number(__ENV.LOAD_TIMEOUT_MS),
  /** Epoch ms at which the plan begins; undefined: as soon as the pool is ready. For several generators that begin together. */
  zeroEpochMs: __ENV.LOAD_ZERO_EPOCH_MS === undefined ? undefined : Number(__ENV.LOAD_ZERO_EPOCH_MS),
};
