// Checks of what containers would run: docker-compose.yml, the files that its containers are made of, the Prometheus configuration that it mounts.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { checkCompose } from '../../dashboards/stack/check-compose.ts';
import { checkContainers } from '../../dashboards/stack/check-containers.ts';
import { COMPOSE_PROMETHEUS, prometheusConfig } from '../../dashboards/stack/prometheus.ts';
import type { Checked } from './tools.ts';

const PROMETHEUS_FILE = 'dashboards/stack/prometheus.yml';
const text = (file: string) => readFile(file, 'utf8');

export async function compose(): Promise<Checked> {
  const [compose, dockerfile, prometheus, datasource, config] = await Promise.all(
    [
      'docker-compose.yml',
      'system/deploy/Dockerfile',
      PROMETHEUS_FILE,
      'dashboards/stack/grafana/provisioning/datasources/prometheus.yml',
      'system/config.ts',
    ].map(text),
  );
  const knownVariables = [...config!.matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(([, name]) => name!);
  const alone = checkCompose(compose!, { exists: existsSync, knownVariables });
  const together = checkContainers(
    { compose: compose!, dockerfile: dockerfile!, prometheus: prometheus!, datasource: datasource!, config: config! },
    existsSync,
  );
  return {
    count: alone.count + together.count,
    unit: 'facts',
    problems: [...alone.problems, ...together.problems],
  };
}

export async function prometheus(): Promise<Checked> {
  const isFresh = (await text(PROMETHEUS_FILE).catch(() => '')) === prometheusConfig(COMPOSE_PROMETHEUS);
  return { count: 1, unit: 'files', problems: isFresh ? [] : [`${PROMETHEUS_FILE} is stale: npm run stack -- render`] };
}
