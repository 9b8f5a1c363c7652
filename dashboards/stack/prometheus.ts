// The configuration of Prometheus, for the native stack and (committed as prometheus.yml) for compose.
import { stringify } from 'yaml';

export interface PrometheusTargets {
  /** Addresses `host:port` to scrape, by job name; the jobs are the processes of the service file. */
  targets: Record<string, string[]>;
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
    scrape_configs: Object.entries(targets).map(([job, addresses]) => ({
      job_name: job,
      static_configs: [{ targets: addresses }],
    })),
  });
}

/** What compose mounts: the names of its services as hosts. */
export const COMPOSE_PROMETHEUS: PrometheusTargets = {
  targets: { api: ['api:8080'], worker: ['worker:8080'] },
  ruleFiles: ['/etc/prometheus/rules/ams.rules.yaml'],
};
