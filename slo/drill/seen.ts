// What the webhook was told about one alert of one objective since a fault began.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Notification, Webhook } from './webhook.ts';

const LOOK_EVERY_MS = 20;

export interface About {
  alert: string;
  slo: string;
  sinceSeconds: number;
}

const isAbout = ({ alert, slo }: About, labels: Record<string, string>) =>
  labels.alertname === alert && labels.slo === slo;

/** Notifications that say that something fires, between two instants. */
export function told(webhook: Webhook, about: About, untilSeconds: number): Notification[] {
  return within(webhook, about.sinceSeconds, untilSeconds).filter(({ alerts }) =>
    alerts.some(({ status, labels }) => status === 'firing' && isAbout(about, labels)),
  );
}

/** Other objectives that paged somebody meanwhile, by the names of their alerts. */
export function othersPaged(webhook: Webhook, about: About, untilSeconds: number): string[] {
  const names = within(webhook, about.sinceSeconds, untilSeconds).flatMap(({ alerts }) =>
    alerts.flatMap(({ status, labels }) =>
      status === 'firing' && labels.notify === 'page' && !isAbout(about, labels) ? [labels.alertname!] : [],
    ),
  );
  return [...new Set(names)];
}

const within = ({ notifications }: Webhook, from: number, until: number) =>
  notifications.filter(({ atSeconds }) => atSeconds >= from && atSeconds <= until);

/** Waits for the first notification with such an alert; undefined when it has not come by `deadlineSeconds`. */
export async function awaitTold(
  webhook: Webhook,
  about: About & { status: 'firing' | 'resolved'; tier?: string; deadlineSeconds: number },
  { now, signal }: { now: () => number; signal: AbortSignal },
): Promise<Notification | undefined> {
  for (;;) {
    const found = webhook.notifications.find(
      ({ atSeconds, alerts }) =>
        atSeconds >= about.sinceSeconds &&
        alerts.some(
          ({ status, labels }) =>
            status === about.status &&
            isAbout(about, labels) &&
            (about.tier === undefined || labels.tier === about.tier),
        ),
    );
    if (found || now() > about.deadlineSeconds) return found;
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}
