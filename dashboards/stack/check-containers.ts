// What check-compose.ts cannot see in docker-compose.yml alone: the files that the containers are made of agree with each other. Pure.
import path from 'node:path';
import { parse } from 'yaml';

/** Texts of the files that belong together. */
export interface ContainerFiles {
  compose: string;
  dockerfile: string;
  prometheus: string;
  /** The data sources of Grafana. */
  datasources: string[];
  /** Of the blackbox exporter. */
  blackbox: string;
  /** slo/rules/ams.alertmanager.yml */
  alertmanager: string;
  /** system/config.ts: which variables our processes need. */
  config: string;
}

interface Service {
  build?: unknown;
  environment?: Record<string, string | null>;
  command?: string[];
  volumes?: string[];
  network_mode?: string;
}

interface DataSource {
  uid: string;
  url: string;
  jsonData?: { exemplarTraceIdDestinations?: { name: string; datasourceUid: string }[] };
}

/** The label of our exemplars (system/telemetry). */
const TRACE_LABEL = 'trace_id';
/** Has an environment of its own. */
const PROVIDER = 'system/notify/fake/main.ts';

/** Whether a path of the repository exists, and the names of the files in a folder of it. */
export interface Tree {
  exists: (path: string) => boolean;
  list: (folder: string) => string[];
}

/** Gives how many facts were looked at and what is wrong. */
export function checkContainers(files: ContainerFiles, { exists, list }: Tree): { count: number; problems: string[] } {
  const { services } = parse(files.compose, { merge: true }) as { services: Record<string, Service> };
  const sources = files.datasources.flatMap((text) => (parse(text) as { datasources: DataSource[] }).datasources);
  const problems: string[] = [];
  let count = 0;
  const expect = (isTrue: boolean, problem: string) => {
    count++;
    if (!isTrue) problems.push(problem);
  };

  for (const [name, { build, environment = {}, command = [] }] of Object.entries(services)) {
    if (!build) continue;
    for (const variable of command[1] === PROVIDER ? [] : neededVariables(files.config)) {
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

  for (const host of configuredHosts(files, sources))
    expect(host in services, `a configuration names ${host}, which is no service`);
  const { modules } = parse(files.blackbox) as { modules: Record<string, unknown> };
  for (const { params } of (parse(files.prometheus) as PrometheusFile).scrape_configs) {
    for (const module of params?.module ?? []) {
      expect(module in modules, `prometheus.yml: probes by ${module}, which blackbox.yml does not have`);
    }
  }
  const { rule_files: rules } = parse(files.prometheus) as PrometheusFile;
  for (const file of rules)
    expect(readable(file, services.prometheus, list), `prometheus.yml: reads ${file}, of which nothing is mounted`);
  for (const [index, host] of receiverHosts(files.alertmanager).entries()) {
    const pager = Object.values(services).some((one) => one.network_mode === 'service:alertmanager');
    const isThere = host === '127.0.0.1' ? pager : host in services;
    expect(isThere, `ams.alertmanager.yml: nobody hears receiver ${index + 1} at ${host}`);
  }

  const links = sources.flatMap(({ jsonData }) => jsonData?.exemplarTraceIdDestinations ?? []);
  expect(links.length > 0, 'no data source leads from an exemplar to its trace');
  for (const { name, datasourceUid } of links) {
    expect(name === TRACE_LABEL, `exemplars have the label ${TRACE_LABEL}, not ${name}`);
    const isKnown = sources.some(({ uid }) => uid === datasourceUid);
    expect(isKnown, `exemplars lead to ${datasourceUid}, which is no data source`);
  }
  return { count, problems };
}

/** Whether a file, or at least one file that a pattern names, is mounted. */
function readable(file: string, service: Service | undefined, list: Tree['list']): boolean {
  const folder = path.posix.dirname(file);
  return (service?.volumes ?? []).some((volume) => {
    const [source, target] = volume.split(':');
    if (target === file) return true;
    return target === folder && list(source!).some((name) => path.matchesGlob(name, path.posix.basename(file)));
  });
}

const receiverHosts = (alertmanager: string): string[] => {
  const { receivers } = parse(alertmanager) as { receivers: { webhook_configs?: { url: string }[] }[] };
  return receivers.flatMap(({ webhook_configs: all = [] }) => all.map(({ url }) => new URL(url).hostname));
};

/** Variables of the schema that have no default. */
const neededVariables = (config: string) =>
  [...config.matchAll(/^ {2}([A-Z][A-Z0-9_]*): (.*)$/gm)].flatMap(([, name, rule]) =>
    /\.default\(|\.optional\(|milliseconds\(/.test(rule!) ? [] : [name!],
  );

function configuredHosts(files: ContainerFiles, sources: DataSource[]): string[] {
  const { scrape_configs: scraped, alerting } = parse(files.prometheus) as PrometheusFile;
  const asked = [...scraped, ...(alerting?.alertmanagers ?? [])].flatMap((one) => [
    ...one.static_configs.flatMap(({ targets }) => targets),
    ...(one.dns_sd_configs ?? []).flatMap(({ names }) => names),
  ]);
  const probed = scraped.flatMap(({ params }) => params?.target ?? []);
  const urls = [...probed, ...sources.map(({ url }) => url)];
  return [...asked.map((target) => target.split(':')[0]!), ...urls.map((url) => new URL(url).hostname)];
}

interface PrometheusFile {
  rule_files: string[];
  scrape_configs: (Targets & { params?: { module?: string[]; target?: string[] } })[];
  alerting?: { alertmanagers: Targets[] };
}

interface Targets {
  static_configs: { targets: string[] }[];
  dns_sd_configs?: { names: string[] }[];
}
