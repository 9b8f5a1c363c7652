// After the pairs: is everything that head acknowledged also published and projected? On one more start of head, because its
// processes have work to finish.
import path from 'node:path';
import { type Audit, audit } from '../../loadtests/probes/audit.ts';
import { runHook } from '../../system/local/service.ts';
import type { ServiceSpec } from '../../system/local/service-spec.ts';
import type { Arm } from './arms.ts';
import type { Turn } from './turn.ts';

export interface AuditOptions {
  spec: ServiceSpec;
  checkout: string;
  /** For the logs of head's processes. */
  dir: string;
  signal: AbortSignal;
}

/** Audits every command that was acknowledged in these turns; null for a service without an audit hook. */
export async function auditHead(arm: Arm, turns: readonly Turn[], options: AuditOptions): Promise<Audit | null> {
  const { spec, checkout, signal } = options;
  if (!spec.hooks.audit) return null;
  const running = await arm.start(path.join(options.dir, 'audit'));
  try {
    const acknowledged = turns.flatMap((turn) => turn.acknowledged);
    return await audit(acknowledged, (stdin) => runHook(spec, 'audit', { checkout, parts: arm.parts, signal, stdin }));
  } finally {
    await running.stop();
  }
}

/** Why the audit fails head; undefined when it does not. */
export function whyNotWhole(audit: Audit | null): string | undefined {
  if (!audit?.checked || audit.whole) return undefined;
  const { acknowledged, published, projected, missing } = audit;
  const first = missing[0] ? `; first ${missing[0].id} version ${missing[0].version}: ${missing[0].why}` : '';
  return `audit of head: of ${acknowledged} acknowledged commands ${published} are published and ${projected} projected${first}`;
}
