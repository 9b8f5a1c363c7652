// Checks of what containers would run: docker-compose.yml, the files that its containers are made of, the Prometheus configuration that it mounts.
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { checkCompose } from '../../dashboards/stack/check-compose.ts';
import { checkContainers } from '../../dashboards/stack/check-containers.ts';
import { generatedFiles } from '../../dashboards/stack/generated.ts';
import { COMPOSE_BALANCED } from '../../system/local/balancer-config.ts';
import { balancerComplaints } from '../../system/local/haproxy.ts';
import type { Checked } from './tools.ts';

const PROMETHEUS_FILE = 'dashboards/stack/prometheus.yml';
const DATASOURCES = 'dashboards/stack/grafana/provisioning/datasources';
const text = (file: string) => readFile(file, 'utf8');

export async function compose(): Promise<Checked> {
  const [compose, dockerfile, prometheus, blackbox, alertmanager, config] = (await Promise.all(
    [
      'docker-compose.yml',
      'system/deploy/Dockerfile',
      PROMETHEUS_FILE,
      'dashboards/stack/blackbox.yml',
      'slo/rules/ams.alertmanager.yml',
      'system/config.ts',
    ].map(text),
  )) as [string, string, string, string, string, string];
  const datasources = await Promise.all(readdirSync(DATASOURCES).map((file) => text(`${DATASOURCES}/${file}`)));
  const knownVariables = [...config.matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(([, name]) => name!);
  const alone = checkCompose(compose, { exists: existsSync, knownVariables });
  const files = { compose, dockerfile, prometheus, blackbox, datasources, alertmanager, config };
  const together = checkContainers(files, { exists: existsSync, list: (folder) => readdirSync(folder) });
  return {
    count: alone.count + together.count,
    unit: 'facts',
    problems: [...alone.problems, ...together.problems],
  };
}

export async function generated(): Promise<Checked> {
  const files = Object.entries(generatedFiles());
  const problems: string[] = [];
  for (const [file, wanted] of files) {
    if ((await text(file).catch(() => undefined)) !== wanted)
      problems.push(`${file} is stale: npm run stack -- render`);
  }
  return { count: files.length, unit: 'files', problems };
}

/** HAProxy itself reads the configuration, with a second pool and a dedicated one beside what compose has. */
export async function balancer(): Promise<Checked> {
  const at = (name: string) => [{ name, address: '127.0.0.1:1' }];
  const blue = COMPOSE_BALANCED.pools.blue!.map(({ name }) => at(name)[0]!);
  const balanced = {
    pools: { blue, green: at('green-1') },
    dedicated: { large: at('large-1') },
    tenants: { a: 'large' },
  };
  const problems = await balancerComplaints({ configFile: 'system/deploy/haproxy.cfg', balanced });
  return { count: 1, unit: 'files', problems };
}
