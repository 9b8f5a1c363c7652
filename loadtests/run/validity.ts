// May this run be believed? Folded samples and the generator's own figures in, VALID or INVALID with reasons out. Pure.
import type { Limits } from '../workload/limits.ts';
import type { Folded } from './fold.ts';

export interface Generator {
  /** User and system time of the engine's processes. */
  cpuMs: number;
  wallMs: number;
  exitCode: number;
  /** Cores that it could use. */
  cores: number;
  /** Share of all cores that neither it nor the system used (others.ts); absent for a target on another machine. */
  othersCpuShare?: number;
}

export interface Reason {
  code: string;
  message: string;
  /** What to do next. */
  advice: string;
}

export interface Validity {
  valid: boolean;
  reasons: Reason[];
  /** Things to know that do not make the run worthless. */
  notes: string[];
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

/**
 * The rule: the generator ended well, sent everything that was planned, on time, with CPU to spare, and enough of it.
 * A slow or failing target never makes a run INVALID: it shows in the times and errors.
 */
export function judge(folded: Folded, generator: Generator, limits: Limits): Validity {
  const reasons: Reason[] = [];
  const notes: string[] = [];
  const { total, lateness, queueing } = folded;

  if (generator.exitCode !== 0) {
    reasons.push({
      code: 'generator.failed',
      message: `the load generator ended with exit code ${generator.exitCode}`,
      advice: 'its own words are in generator.log beside the samples',
    });
  }
  if (folded.missing > 0) {
    reasons.push({
      code: 'plan.incomplete',
      message: `${folded.missing} of ${total.planned + folded.warmUp.planned} planned requests were never sent, or cut off`,
      advice: 'the generator was ended early, or the target held every connection for longer than the time-out',
    });
  }
  const lateMs = lateness.quantile(0.99) ?? 0;
  if (lateMs > limits.latenessP99Ms) {
    reasons.push({
      code: 'generator.late',
      message: `1 % of the requests started ${lateMs.toFixed(1)} ms or more after their planned start (limit ${limits.latenessP99Ms} ms)`,
      advice:
        'the generator was starved: end what else runs on this machine, lower the rate, or give it a machine of its own',
    });
  }
  const cpuShare = generator.cpuMs / (generator.wallMs * generator.cores);
  if (cpuShare > limits.generatorCpuShare) {
    reasons.push({
      code: 'generator.cpu',
      message: `the generator used ${percent(cpuShare)} of all cores (limit ${percent(limits.generatorCpuShare)})`,
      advice: 'lower the rate or give it a machine of its own',
    });
  }
  const { othersCpuShare } = generator;
  if (othersCpuShare !== undefined && othersCpuShare > limits.othersCpuShare) {
    reasons.push({
      code: 'machine.busy',
      message: `other processes used ${percent(othersCpuShare)} of all cores (limit ${percent(limits.othersCpuShare)})`,
      advice: 'the system could not have what it needs: end what else runs on this machine, and run again',
    });
  }
  const needed = Math.ceil(limits.samplesBeyond / 0.05);
  if (total.planned < needed) {
    reasons.push({
      code: 'samples.few',
      message: `${total.planned} requests are too few for a p95 (at least ${needed})`,
      advice: 'run longer or at a higher rate',
    });
  }

  const waiting = queueing.count * (1 - queueing.shareAtMost(1));
  if (waiting >= 1) {
    notes.push(
      `${Math.round(waiting)} requests waited for a free connection, up to ${queueing.max!.toFixed(0)} ms: the target kept all of them busy (counted in the response time)`,
    );
  }
  return { valid: reasons.length === 0, reasons, notes };
}

/** Whether n values are enough to print quantile q: at least 5 must lie beyond it. */
export const isEnough = (count: number, q: number): boolean => count * (1 - q) >= 5;
