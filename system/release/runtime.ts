// The runtime socket of a live HAProxy (its documentation: "management guide", 9.3): commands in, what its servers are and do out.
import { realpath } from 'node:fs/promises';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { failures } from './failures.ts';
import type { Server } from './shares.ts';

/** The backends of system/deploy/haproxy.cfg that a release shifts: the checked one, and the one for when nobody is healthy. */
const BACKENDS = ['api', 'any'];

export interface LiveServer extends Server {
  /** `127.0.0.1:4711` */
  address: string;
  /** As HAProxy says it: `UP`, `DOWN`, `MAINT`, `UP 1/3`. */
  status: string;
  /** Requests that it is answering now. */
  current: number;
  /** Since HAProxy started: all answers, and those of 500 and above. */
  answers: number;
  serverErrors: number;
}

export interface ReleaseState {
  /** The pool that has the traffic, or would have it without the canary. */
  live: string;
  /** The pool that `back` returns to after a blue-green release; `none` before the first. */
  before: string;
}

export interface Runtime {
  servers(): Promise<LiveServer[]>;
  /** Sets the weights of all servers in one message, larger ones first, so that there is always somebody. */
  setWeights(servers: LiveServer[], weightByPool: Record<string, number>): Promise<void>;
  state(): Promise<ReleaseState>;
  setState(state: ReleaseState): Promise<void>;
}

const TIMEOUT_MS = 5000;

/** @param where a path, or `host:port`. Throws `release.no-balancer` when nothing answers there. */
export async function openRuntime(where: string): Promise<Runtime> {
  const tcp = /^(.+):(\d+)$/.exec(where);
  const target = tcp
    ? { host: tcp[1]!, port: Number(tcp[2]) }
    : {
        path: await realpath(where).catch(() => Promise.reject(failures.noBalancer(where, 'there is no such socket'))),
      };

  const ask = async (command: string): Promise<string> => {
    const socket = connect(target);
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    socket.end(`${command}\n`);
    return text(socket).catch((error: Error) => {
      throw failures.noBalancer(where, error.message);
    });
  };
  const tell = async (commands: string[]): Promise<void> => {
    const said = (await ask(commands.join('; '))).trim();
    if (said !== '') throw failures.refused(commands.join('; '), said);
  };
  const releaseMap = async (): Promise<string> => {
    const line = (await ask('show map')).split('\n').find((one) => one.includes('/release.map'));
    const file = /\(([^)]+)\)/.exec(line ?? '')?.[1];
    if (!file) throw failures.notOurs(where);
    return file;
  };

  return {
    async servers() {
      const found = readStat(await ask('show stat')).filter((row) => row.pxname === BACKENDS[0] && row.type === '2');
      if (found.length === 0) throw failures.notOurs(where);
      return found.map(serverOf);
    },
    async setWeights(servers, weightByPool) {
      const wanted = servers
        .map(({ name, pool }) => ({ name, weight: weightByPool[pool] ?? 0 }))
        .sort((a, b) => b.weight - a.weight);
      await tell(
        wanted.flatMap(({ name, weight }) => BACKENDS.map((backend) => `set weight ${backend}/${name} ${weight}`)),
      );
    },
    async state() {
      const lines = (await ask(`show map ${await releaseMap()}`)).split('\n').map((line) => line.split(' '));
      const value = (key: string) => lines.find(([, name]) => name === key)?.[2];
      return { live: value('live') ?? 'blue', before: value('before') ?? 'none' };
    },
    async setState({ live, before }) {
      const file = await releaseMap();
      await tell([`set map ${file} live ${live}`, `set map ${file} before ${before}`]);
    },
  };
}

/** The CSV of `show stat`: its first line names the columns. */
function readStat(csv: string): Record<string, string>[] {
  const [head, ...lines] = csv.trim().split('\n');
  const columns = head!.replace(/^# /, '').split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? '']));
  });
}

function serverOf(row: Record<string, string>): LiveServer {
  const count = (column: string) => Number(row[column] || 0);
  const classes = ['hrsp_1xx', 'hrsp_2xx', 'hrsp_3xx', 'hrsp_4xx', 'hrsp_5xx', 'hrsp_other'];
  return {
    name: row.svname!,
    pool: row.svname!.replace(/-\d+$/, ''),
    weight: count('weight'),
    address: row.addr!,
    status: row.status!,
    isUp: /^(UP|no check|DRAIN)/.test(row.status!),
    current: count('scur'),
    answers: classes.reduce((sum, column) => sum + count(column), 0),
    serverErrors: count('hrsp_5xx'),
  };
}
