// The shape of a Prometheus rule file, and the labels that every rule of an objective carries.
import type { Objective } from '../objectives/read.ts';

export interface Rule {
  record?: string;
  alert?: string;
  expr: string;
  for?: string;
  labels: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface RuleFile {
  groups: { name: string; interval: string; rules: Rule[] }[];
}

export const labelsOf = ({ name, service }: Objective) => ({ slo: name, service });
