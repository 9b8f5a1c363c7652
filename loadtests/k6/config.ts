// What the engine hands to a k6 script in its environment.

export const load = {
  planFile: __ENV.LOAD_PLAN!,
  headersFile: __ENV.LOAD_HEADERS!,
  baseUrl: __ENV.LOAD_BASE_URL!,
  /** Size of the pool of connections. */
  connections: Number(__ENV.LOAD_VUS),
  timeoutMs: Number(__ENV.LOAD_TIMEOUT_MS),
};
