// How long Alertmanager waits with an alert of certain labels: the generated routes, asked as it asks them. Pure.
import { alertmanagerConfig } from '../compile/alertmanager.ts';
import type { Objective } from '../objectives/read.ts';
import { durationMs } from './scale.ts';

export interface Waits {
  groupWaitSeconds: number;
  groupIntervalSeconds: number;
}

/** The first route whose matchers fit, its waits divided by the scale. Throws when there is none. */
export function waitsOf(objectives: Objective[], labels: Record<string, string>, scale: number): Waits {
  const { route } = alertmanagerConfig(objectives);
  const fits = (matcher: string) => {
    const [, label, value] = /^(\w+)="(.*)"$/.exec(matcher) ?? [];
    return label !== undefined && labels[label] === value;
  };
  const found = route.routes.find(({ matchers }) => matchers.every(fits));
  if (!found || !('group_wait' in found)) throw new Error(`nobody is told of ${JSON.stringify(labels)}`);
  const scaled = (text: string) => durationMs(text) / 1000 / scale;
  return { groupWaitSeconds: scaled(found.group_wait), groupIntervalSeconds: scaled(route.group_interval) };
}
