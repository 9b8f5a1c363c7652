// Checks of what containers would run: docker-compose.yml, and the Prometheus configuration that it mounts.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { checkCompose } from '../../dashboards/stack/check-compose.ts';
import { COMPOSE_PROMETHEUS, prometheusConfig } from '../../dashboards/stack/prometheus.ts';
import type { Checked } from './tools.ts';

const PROMETHEUS_FILE = 'dashboards/stack/prometheus.yml';

export async function compose(): Promise<Checked> {
  const knownVariables = [...(await readFile('system/config.ts', 'utf8')).matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(
    ([, name]) => name!,
  );
  const checked = checkCompose(await readFile('docker-compose.yml', 'utf8'), { exists: existsSync, knownVariables });
  return { ...checked, unit: 'facts' };
}

export async function prometheus(): Promise<Checked> {
  const wanted = prometheusConfig(COMPOSE_PROMETHEUS);
  const isFresh = (await readFile(PROMETHEUS_FILE, 'utf8').catch(() => '')) === wanted;
  return { count: 1, unit: 'files', problems: isFresh ? [] : [`${PROMETHEUS_FILE} is stale: npm run stack -- render`] };
}
