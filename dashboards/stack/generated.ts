// The files of compose that are generated and committed: paths from the root and their texts. `npm run stack -- render` writes them.
import { balancerFiles, COMPOSE_BALANCED } from '../../system/local/balancer-config.ts';
import { COMPOSE_PROMETHEUS, prometheusConfig } from './prometheus.ts';

export function generatedFiles(): Record<string, string> {
  const balancer = Object.entries(balancerFiles(COMPOSE_BALANCED));
  return {
    'dashboards/stack/prometheus.yml': prometheusConfig(COMPOSE_PROMETHEUS),
    ...Object.fromEntries(balancer.map(([name, text]) => [`system/deploy/compose/${name}`, text])),
  };
}
