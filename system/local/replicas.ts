// The replicas of --replica: a service file and running parts in, the parts with their replicas and the variables that name them out.
import { failures } from './failures.ts';
import type { StartOptions } from './part.ts';
import type { Parts } from './parts.ts';
import { startPostgresReplica } from './postgres-replica.ts';
import type { ServiceSpec } from './service-spec.ts';

/**
 * Starts a replica of every part that the service file has one for. Each joins `parts.list`, so it ends with the others.
 * Gives the environment that hands them over. Throws `service.malformed` when the file knows of no replica.
 */
export async function startReplicas(
  spec: Pick<ServiceSpec, 'file' | 'replicas'>,
  parts: Parts,
  options: StartOptions,
): Promise<Record<string, string>> {
  const variable = spec.replicas.postgres;
  const primaryUrl = parts.urls.postgres;
  if (variable === undefined || primaryUrl === undefined) {
    throw failures.badService(spec.file, 'replicas: names no part that could have a replica, which --replica needs');
  }
  const replica = await startPostgresReplica(primaryUrl, options);
  parts.list.push(replica);
  options.progress.note(`${replica.name} ${replica.version} (${replica.from})`);
  return { [variable]: replica.url };
}
