// The configuration of Prometheus, for the native stack and (committed as prometheus.yml) for compose.
import { stringify } from 'yaml';

export interface Scraped {
  /** `host:port` */
  address: string;
  /** Its name for the balancer, a label of its series: joins them with those that the balancer counts for it. */
  server?: string;
}

/** The front door as somebody outside sees it, asked by the blackbox exporter: what counts as available. */
export interface Probe {
  /** `host:port` of the exporter. */
  exporter: string;
  /** What it asks, whole. */
  url: string;
}

export interface PrometheusTargets {
  /** What to scrape, by job name; the jobs are the processes of the service file, and `balancer`. Each instance is asked alone. */
  targets: Record<string, Scraped[]>;
  /** More of a job that may be there or not, by name: while it is not, nothing is scraped, so nothing is down. */
  named?: Record<string, { host: string; port: number }[]>;
  probe?: Probe;
  /** Paths; the last part of one may have a `*`. */
  ruleFiles: string[];
  /** `host:port` of who is told of alerts. */
  alertmanagers?: string[];
}

/** The compiled rules in slo/rules; their tests lie beside them. */
export const RULE_FILES = '*.rules.yaml';

/** Five seconds: an on-call page that follows a load test, at a cost of one small scrape. */
const SCRAPE_INTERVAL = '5s';
/** The burn-rate windows start at five minutes; 15 s more or less in an evaluation do not matter to them. */
const EVALUATION_INTERVAL = '15s';

/** The text of a prometheus.yml. */
export function prometheusConfig({
  targets,
  named = {},
  probe,
  ruleFiles,
  alertmanagers = [],
}: PrometheusTargets): string {
  return stringify({
    global: { scrape_interval: SCRAPE_INTERVAL, evaluation_interval: EVALUATION_INTERVAL },
    rule_files: ruleFiles,
    ...(alertmanagers.length > 0 && {
      alerting: { alertmanagers: [{ static_configs: [{ targets: alertmanagers }] }] },
    }),
    scrape_configs: [
      ...Object.entries(targets).map(([job, scraped]) => ({
        job_name: job,
        static_configs: groups(scraped),
        ...(named[job] && {
          dns_sd_configs: named[job].map(({ host, port }) => ({ names: [host], type: 'A', port })),
        }),
      })),
      ...(probe ? [probeJob(probe)] : []),
    ],
  });
}

/** Of dashboards/stack/blackbox.yml. */
const PROBE_MODULE = 'front_door';

const probeJob = ({ exporter, url }: Probe) => ({
  job_name: 'probe',
  metrics_path: '/probe',
  params: { module: [PROBE_MODULE], target: [url] },
  static_configs: [{ targets: [exporter], labels: { instance: 'front door' } }],
});

/** One group for all that have no label of their own, one for each that has. */
function groups(scraped: Scraped[]): object[] {
  const plain = scraped.filter(({ server }) => server === undefined).map(({ address }) => address);
  const labelled = scraped.flatMap(({ address, server }) =>
    server ? [{ targets: [address], labels: { server } }] : [],
  );
  return [...(plain.length > 0 ? [{ targets: plain }] : []), ...labelled];
}

/** What compose mounts: the names of its services as hosts. */
export const COMPOSE_PROMETHEUS: PrometheusTargets = {
  targets: {
    api: [
      { address: 'api-1:8080', server: 'blue-1' },
      { address: 'api-2:8080', server: 'blue-2' },
    ],
    worker: ['projections', 'statistics', 'notifications', 'jobs'].map((role) => ({ address: `worker-${role}:8080` })),
    balancer: [{ address: 'balancer:8404' }],
  },
  // Only in the profiles of the brokers.
  named: { worker: [{ host: 'worker-publisher', port: 8080 }] },
  probe: { exporter: 'blackbox:9115', url: 'http://balancer:8080/actuator/health' },
  ruleFiles: [`/etc/prometheus/rules/${RULE_FILES}`],
  alertmanagers: ['alertmanager:9093'],
};
