// The configuration of Prometheus, for the native stack and (committed as prometheus.yml) for compose.
import { stringify } from 'yaml';

export interface Scraped {
  /** `host:port` */
  address: string;
  /** Its name for the balancer, a label of its series: joins them with those that the balancer counts for it. */
  server?: string;
}

export interface PrometheusTargets {
  /** What to scrape, by job name; the jobs are the processes of the service file, and `balancer`. Each instance is asked alone. */
  targets: Record<string, Scraped[]>;
  ruleFiles: string[];
}

/** Five seconds: an on-call page that follows a load test, at a cost of one small scrape. */
const SCRAPE_INTERVAL = '5s';
/** The burn-rate windows start at five minutes; 15 s more or less in an evaluation do not matter to them. */
const EVALUATION_INTERVAL = '15s';

/** The text of a prometheus.yml. */
export function prometheusConfig({ targets, ruleFiles }: PrometheusTargets): string {
  return stringify({
    global: { scrape_interval: SCRAPE_INTERVAL, evaluation_interval: EVALUATION_INTERVAL },
    rule_files: ruleFiles,
    scrape_configs: Object.entries(targets).map(([job, scraped]) => ({
      job_name: job,
      static_configs: groups(scraped),
    })),
  });
}

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
  ruleFiles: ['/etc/prometheus/rules/ams.rules.yaml'],
};
