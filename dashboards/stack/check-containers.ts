// What check-compose.ts cannot see in docker-compose.yml alone: the files that the containers are made of agree with each other. Pure.
import { parse } from 'yaml';

/** Texts of the files that belong together. */
export interface ContainerFiles {
  compose: string;
  dockerfile: string;
  prometheus: string;
  /** The Grafana data source. */
  datasource: string;
  /** system/config.ts: which variables our processes need. */
  config: string;
}

interface Service {
  build?: unknown;
  environment?: Record<string, string>;
  command?: string[];
  volumes?: string[];
}

/** @param exists whether a path of the repository exists. Gives how many facts were looked at and what is wrong. */
export function checkContainers(
  files: ContainerFiles,
  exists: (path: string) => boolean,
): { count: number; problems: string[] } {
  const { services } = parse(files.compose, { merge: true }) as { services: Record<string, Service> };
  const problems: string[] = [];
  let count = 0;
  const expect = (isTrue: boolean, problem: string) => {
    count++;
    if (!isTrue) problems.push(problem);
  };

  for (const [name, { build, environment = {}, command = [] }] of Object.entries(services)) {
    if (!build) continue;
    for (const variable of neededVariables(files.config)) {
      expect(variable in environment, `${name}: does not set ${variable}, which has no default`);
    }
    if (command[0] === 'node') expect(exists(command[1]!), `${name}: runs ${command[1]}, which does not exist`);
  }

  const from = /^FROM (\S+)/m.exec(files.dockerfile)?.[1];
  expect(/:[^:/]*\d/.test(from ?? ''), `Dockerfile: image ${from} is not pinned to a version`);
  expect(/^USER (?!root)\w/m.test(files.dockerfile), 'Dockerfile: runs as root');
  for (const [, sources] of files.dockerfile.matchAll(/^COPY (.+) \S+$/gm)) {
    for (const source of sources!.split(' '))
      expect(exists(source), `Dockerfile: copies ${source}, which does not exist`);
  }

  for (const host of configuredHosts(files))
    expect(host in services, `a configuration names ${host}, which is no service`);
  const mounted = (services.prometheus?.volumes ?? []).map((volume) => volume.split(':')[1]);
  const { rule_files: rules } = parse(files.prometheus) as { rule_files: string[] };
  for (const file of rules) expect(mounted.includes(file), `prometheus.yml: reads ${file}, which is not mounted`);
  return { count, problems };
}

/** Variables of the schema that have no default. */
const neededVariables = (config: string) =>
  [...config.matchAll(/^ {2}([A-Z][A-Z0-9_]*): (.*)$/gm)].flatMap(([, name, rule]) =>
    /\.default\(|\.optional\(|milliseconds\(/.test(rule!) ? [] : [name!],
  );

function configuredHosts({ prometheus, datasource }: ContainerFiles): string[] {
  const scraped = parse(prometheus) as { scrape_configs: { static_configs: { targets: string[] }[] }[] };
  const targets = scraped.scrape_configs.flatMap((job) => job.static_configs.flatMap((one) => one.targets));
  const { datasources } = parse(datasource) as { datasources: { url: string }[] };
  return [...targets.map((target) => target.split(':')[0]!), ...datasources.map(({ url }) => new URL(url).hostname)];
}
