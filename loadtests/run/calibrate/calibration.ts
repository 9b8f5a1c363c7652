// What a calibration of the load generator says: figures of a load on a server that does nothing.
import { z } from 'zod';

export const calibrationSchema = z.strictObject({
  schema: z.literal('amsperf/calibration/v1'),
  ratePerSecond: z.number(),
  requests: z.number(),
  /** Start - planned start. */
  latenessP50Ms: z.number(),
  latenessP99Ms: z.number(),
  /** From sending to the last byte: network stack, generator and a bare HTTP server together. */
  serviceP50Ms: z.number(),
  serviceP95Ms: z.number(),
  serviceP99Ms: z.number(),
  cpuMsPerRequest: z.number(),
  k6: z.string(),
  measuredAt: z.string(),
});

export type Calibration = z.infer<typeof calibrationSchema>;
