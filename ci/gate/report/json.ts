// The result for machines: the object itself, with every raw value of every pair. Its `schema` names the version.
import type { GateResult } from '../result.ts';

export function jsonReport(result: GateResult): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}
