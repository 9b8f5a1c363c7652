// What watches the native stack: Prometheus with the rules of slo/rules, the probe of the front door, Alertmanager with the generated
// routes, and a pager that tells each notification on this terminal. A running service in, the parts out.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startAlertmanager } from '../../system/local/alertmanager.ts';
import { startBlackbox } from '../../system/local/blackbox.ts';
import type { Part, StartOptions } from '../../system/local/part.ts';
import { startPrometheus } from '../../system/local/prometheus.ts';
import type { Running } from '../../system/local/service.ts';
import { ledTo } from './alertmanager.ts';
import { startPager } from './pager.ts';
import { prometheusConfig, RULE_FILES, type Scraped } from './prometheus.ts';

const RULES = join(import.meta.dirname, '..', '..', 'slo', 'rules');
const PROBES = join(import.meta.dirname, 'blackbox.yml');

export interface MonitoringOptions extends Omit<StartOptions, 'port'> {
  ports: { prometheus: number; alertmanager: number };
  /** Takes what ends each part, as soon as it runs; the last one first. */
  stops: (() => Promise<void>)[];
}

/** @param health path that the probe asks, through the balancer where there is one */
export async function startMonitoring(running: Running, health: string, options: MonitoringOptions): Promise<Part[]> {
  const { ports, stops, ...where } = options;
  const { dir, progress } = where;
  const tell = (line: string) => progress.note(`${new Date().toISOString().slice(11, 19)} ${line}`);
  const pager = await startPager({ port: 0, tell });
  stops.unshift(pager.stop);

  const routes = join(dir, 'alertmanager.yml');
  await writeFile(routes, ledTo(pager.url, await readFile(join(RULES, 'ams.alertmanager.yml'), 'utf8')));
  const alertmanager = await startAlertmanager({ ...where, port: ports.alertmanager, configFile: routes });
  stops.unshift(alertmanager.stop);

  const blackbox = await startBlackbox({ ...where, config: await readFile(PROBES, 'utf8') });
  stops.unshift(blackbox.stop);

  const configFile = join(dir, 'prometheus.yml');
  const config = prometheusConfig({
    targets: targetsOf(running),
    probe: { exporter: hostOf(blackbox), url: running.baseUrl + health },
    ruleFiles: [join(RULES, RULE_FILES)],
    alertmanagers: [hostOf(alertmanager)],
  });
  await writeFile(configFile, config);
  const prometheus = await startPrometheus({ ...where, port: ports.prometheus, configFile });
  stops.unshift(prometheus.stop);
  return [prometheus, alertmanager, blackbox];
}

const hostOf = ({ url }: Part) => new URL(url).host;

function targetsOf({ balancer, processes }: Running): Record<string, Scraped[]> {
  const targets: Record<string, Scraped[]> = balancer
    ? { balancer: [{ address: new URL(balancer.operatorsUrl).host }] }
    : {};
  for (const { kind, port, server } of processes) {
    targets[kind] = [
      ...(targets[kind] ?? []),
      { address: `127.0.0.1:${port}`, ...(server && { server: server.name }) },
    ];
  }
  return targets;
}
