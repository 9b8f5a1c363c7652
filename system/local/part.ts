// What a part is to the rest: a server with a version, an origin, a URL and an end.
import type { Progress } from '../../cli/progress.ts';

export type PartName = 'postgres' | 'mongodb' | 'redis' | 'rabbitmq' | 'kafka';

/** Where a program was found, in the order in which it is looked for. */
export type Origin = 'environment' | 'PATH' | 'cache' | 'registry';

export interface Program {
  path: string;
  version: string;
  from: Origin;
}

export interface Part {
  name: string;
  version: string;
  from: Origin;
  url: string;
  /** Undefined when it was started by somebody else. */
  pid?: number;
  kill(signal: NodeJS.Signals): void;
  stop(): Promise<void>;
  /** Starts it again on its data and port after it was killed, and gives the new process id; absent when somebody else started it. */
  restart?(): Promise<number>;
}

export interface StartOptions {
  /** Where data and logs go. */
  dir: string;
  progress: Progress;
  signal?: AbortSignal;
  /** A fixed port instead of a free one. */
  port?: number;
}
