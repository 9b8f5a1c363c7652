// What a worker process is there for. Each role can be a process of its own, or several share one.
export const ROLES = ['projections', 'statistics', 'notifications', 'jobs', 'publisher'] as const;
export type WorkerRole = (typeof ROLES)[number];

/**
 * The roles of a WORKER_ROLES setting; without one all, the publisher only where there is a broker to publish to.
 * @throws Error that names what is wrong
 */
export function rolesOf(setting: string | undefined, events: 'inprocess' | 'rabbitmq' | 'kafka'): Set<WorkerRole> {
  if (setting === undefined) return new Set(ROLES.filter((role) => role !== 'publisher' || events !== 'inprocess'));
  const words = setting.split(',').map((word) => word.trim());
  const unknown = words.filter((word) => !ROLES.some((role) => role === word));
  if (unknown.length > 0) {
    throw new Error(`configuration: WORKER_ROLES: "${unknown.join('", "')}" is none of ${ROLES.join(', ')}`);
  }
  if (words.includes('publisher') && events === 'inprocess') {
    throw new Error('configuration: WORKER_ROLES: a publisher needs EVENTS=rabbitmq or EVENTS=kafka');
  }
  return new Set(words as WorkerRole[]);
}
