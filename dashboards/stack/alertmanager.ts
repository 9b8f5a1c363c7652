// The configuration of Alertmanager for the native stack: the generated one of slo/rules, its receivers led to a pager of ours.
import { parse, stringify } from 'yaml';

interface Config {
  receivers: { name: string; webhook_configs?: { url: string }[] }[];
}

/** Each receiver keeps its path. @param text slo/rules/ams.alertmanager.yml, where receivers are on a fixed port */
export function ledTo(pagerUrl: string, text: string): string {
  const config = parse(text) as Config;
  const receivers = config.receivers.map((receiver) => ({
    ...receiver,
    ...(receiver.webhook_configs && {
      webhook_configs: receiver.webhook_configs.map((webhook) => ({
        ...webhook,
        url: `${pagerUrl}${new URL(webhook.url).pathname}`,
      })),
    }),
  }));
  return stringify({ ...config, receivers });
}
