// One JSON line per thing worth saying, on standard output, with exactly the mission's ten fields and no personal data.
import { type DestinationStream, pino } from 'pino';
import { type Clock, systemClock } from '../clock.ts';
import { mask, maskText } from './mask.ts';
import type { Role } from './metrics.ts';
import { type RequestLine, requestText } from './request-line.ts';

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

export interface RequestLogger extends Logger {
  /** The line of one request. Successes are sampled (LOG_SUCCESS_RATIO), except those whose trace is: they keep their line. */
  request(line: RequestLine): void;
}

/** Lines are gathered up to this size or age; a process that ends by itself, even by an error, writes out the rest. */
const GATHERED_CHARACTERS = 32 * 1024;
const GATHERED_MS = 100;
/** In one system call; what the pipe to the next process holds. */
const WRITTEN_BYTES = 64 * 1024;

/** Gathered here and not by pino's destination, which measures all that it has gathered again with every line. */
function standardOutput(): DestinationStream {
  const out = pino.destination({ dest: 1, sync: false, maxWrite: WRITTEN_BYTES, contentMode: 'buffer' });
  let gathered = '';
  let due: NodeJS.Timeout | undefined;
  function handOver(): void {
    clearTimeout(due);
    due = undefined;
    if (gathered !== '') out.write(Buffer.from(gathered) as unknown as string);
    gathered = '';
  }
  // Before pino's own listeners, which write out what the destination has.
  for (const event of ['beforeExit', 'exit']) process.prependListener(event, handOver);
  return {
    write(line) {
      gathered += line;
      if (gathered.length >= GATHERED_CHARACTERS) handOver();
      else due ??= setTimeout(handOver, GATHERED_MS).unref();
    },
  };
}

/**
 * @param config the level below which nothing is written, and the share of successful requests that are
 * @param role which process speaks; stands in `detail`
 * @param out where to write, standard output unless a test says otherwise
 */
export function createLog(
  config: { LOG_LEVEL: string; LOG_SUCCESS_RATIO?: number; TELEMETRY?: 'on' | 'off' },
  role: Role,
  out: DestinationStream = standardOutput(),
  clock: Clock = systemClock,
  random: () => number = Math.random,
): RequestLogger {
  const log = pino(
    {
      level: config.TELEMETRY === 'off' ? 'silent' : config.LOG_LEVEL,
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
  const logger: Logger = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
  const successes = config.LOG_SUCCESS_RATIO ?? 1;
  const successText = requestText(role);
  return {
    ...logger,
    request(line) {
      if (line.status >= 400) return logger[line.status >= 500 ? 'error' : 'info'](failed(line), said(line));
      if (!log.isLevelEnabled('info')) return;
      if (successes < 1 && !line.span.sampled && random() >= successes) return;
      out.write(successText(line, clock.now()));
    },
  };
}

const said = ({ method, route, status }: RequestLine) => `${method} ${route} ${status}`;

/** A refusal is one line to its caller and to the log; only what went wrong on our side brings its stack. */
function failed({ span, method, route, status, error, ...fields }: RequestLine): LogFields {
  const { traceId, spanId } = span;
  const brief =
    error && status < 500 ? { ...('code' in error && { code: error.code }), message: error.message } : error;
  return { ...fields, traceId, spanId, detail: { method, route, status, ...(brief && { error: brief }) } };
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
