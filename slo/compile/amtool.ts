// Runs amtool on the generated configuration of Alertmanager, where it is found (Debian: package prometheus-alertmanager).
import { execFile } from 'node:child_process';
import { onPath, versionOf } from '../../system/local/program.ts';
import { refused } from '../failures.ts';

/** The version of the amtool that accepted the file; undefined where there is none. Throws a Failure when it refuses. */
export async function checkAlertmanager(file: string, signal?: AbortSignal): Promise<string | undefined> {
  const path = await onPath('amtool');
  if (!path) return undefined;
  await amtool(path, ['check-config', file], signal);
  return versionOf(path);
}

/** Names of the receivers to which an alert with these labels (`severity=sev-1`) goes. */
export async function receiversOf(path: string, file: string, labels: string[]): Promise<string[]> {
  const out = await amtool(path, ['config', 'routes', 'test', `--config.file=${file}`, ...labels]);
  return out.trim().split(',');
}

function amtool(path: string, args: string[], signal?: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(path, args, { signal }, (error, stdout, stderr) => {
      if (signal?.aborted) reject(signal.reason);
      else if (error) reject(refused(`amtool ${args.join(' ')}`, stdout + stderr));
      else resolve(stdout);
    });
  });
}
