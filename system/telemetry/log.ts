// One JSON line per thing worth saying, on standard output, with exactly the mission's ten fields and no personal data.
import { type DestinationStream, pino } from 'pino';
import { type Clock, systemClock } from '../clock.ts';
import { mask, maskText } from './mask.ts';
import type { Role } from './metrics.ts';

/** What a line may say besides its message. Anything that is not one of these goes into `detail`. */
export interface LogFields {
  traceId?: string;
  spanId?: string;
  tenantId?: string;
  actor?: string;
  useCase?: string;
  elapsedMs?: number;
  detail?: unknown;
}

export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/**
 * @param config the level below which nothing is written
 * @param role which process speaks; stands in `detail`
 * @param out where to write, standard output unless a test says otherwise
 */
export function createLog(
  config: { LOG_LEVEL: string },
  role: Role,
  out: DestinationStream = pino.destination({ dest: 1, sync: false }),
  clock: Clock = systemClock,
): Logger {
  const log = pino(
    {
      level: config.LOG_LEVEL,
      base: null,
      messageKey: 'message',
      timestamp: () => `,"timestamp":"${clock.now().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    out,
  );
  const say = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: LogFields, message: string) => {
    if (log.isLevelEnabled(level)) log[level](line(fields, role), maskText(message));
  };
  return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
}

function line(fields: LogFields, role: Role): Record<string, unknown> {
  const { traceId = null, spanId = null, tenantId = null, actor = null, useCase = null, elapsedMs = null } = fields;
  const detail = mask(fields.detail);
  const object = typeof detail === 'object' && detail !== null && !Array.isArray(detail);
  return {
    traceId,
    spanId,
    tenantId,
    actor,
    useCase,
    elapsedMs,
    detail: { role, ...(object ? detail : detail !== undefined && { value: detail }) },
  };
}
