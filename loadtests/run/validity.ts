// May this run be believed? Folded samples and the generator's own figures in, VALID or INVALID with reasons out. Pure.
import type { Limits } from '../workload/limits.ts';
import type { Folded } from './fold.ts';
import type { JudgedLimit } from './phase-limits.ts';
import type { Balance } from './server/balance.ts';
import type { Stop } from './watch.ts';

export interface Generator {
  /** User and system time of the engine's processes. */
  cpuMs: number;
  wallMs: number;
  exitCode: number;
  /** Cores that it could use. */
  cores: number;
  /** Share of all cores that neither it nor the system used (others.ts); absent for a target on another machine. */
  othersCpuShare?: number;
  /** The largest jump of the wall clock in ms, forward or back (server/clock.ts); absent when nobody looked. */
  clockJumpMs?: number;
}

/** What else is known of a run; all of it may be absent. */
export interface Circumstances {
  balance?: Balance | undefined;
  limits?: readonly JudgedLimit[];
  /** The run ended early: the generator's doing makes it INVALID, that of the target is a finding. */
  stopped?: Stop | undefined;
  /** The generator alone, at this rate, against a server that does nothing: of its starts 1 % were later than this. */
  nullLatenessP99Ms?: number;
  /** The same, service time, ms. */
  nullServiceP95Ms?: number;
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
export function judge(
  folded: Folded,
  generator: Generator,
  limits: Limits,
  circumstances: Circumstances = {},
): Validity {
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
  const { stopped } = circumstances;
  // Of a run that the target or an objective ended, what was under way then never came to its end: not answered, a finding.
  if (folded.missing > 0 && (stopped === undefined || stopped.because === 'generator')) {
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
  reasons.push(...clockReasons(generator), ...circumstantialReasons(circumstances, limits));

  if (stopped?.because === 'generator') {
    reasons.push({
      code: stopped.code,
      message: stopped.message,
      advice: 'lower the rate, give the generator a machine of its own, or use several',
    });
  } else if (stopped) notes.push(`the run ended early: ${stopped.message}`);

  const ownMs = circumstances.nullServiceP95Ms;
  const p95Ms = total.service.quantile(0.95);
  if (ownMs !== undefined && p95Ms !== undefined && ownMs > p95Ms * NOTED_SHARE) {
    notes.push(
      `${Math.min(100, Math.round((ownMs / p95Ms) * 100))} % of the service p95 is what the generator shows against a server that does nothing (${ownMs.toFixed(2)} of ${p95Ms.toFixed(2)} ms)`,
    );
  }
  const waiting = queueing.count * (1 - queueing.shareAtMost(1));
  if (waiting >= 1) {
    notes.push(
      `${Math.round(waiting)} requests waited for a free connection, up to ${queueing.max!.toFixed(0)} ms: the target kept all of them busy (counted in the response time)`,
    );
  }
  return { valid: reasons.length === 0, reasons, notes };
}

/** A setting of the clock, not the slewing of a time service, which stays under a millisecond between two looks. */
const CLOCK_JUMP_MS = 250;
/** Below this share of the p95 nobody needs to know what the generator adds. */
const NOTED_SHARE = 0.2;

function clockReasons({ clockJumpMs = 0 }: Generator): Reason[] {
  if (Math.abs(clockJumpMs) <= CLOCK_JUMP_MS) return [];
  return [
    {
      code: 'clock.jumped',
      message: `the clock of this machine jumped by ${(clockJumpMs / 1000).toFixed(1)} s during the run, or the machine was suspended`,
      advice: 'time-outs, tokens and schedules of the system followed it: let the clock settle, and run again',
    },
  ];
}

function circumstantialReasons(circumstances: Circumstances, most: Limits): Reason[] {
  const { balance, limits = [], nullLatenessP99Ms, stopped } = circumstances;
  const reasons: Reason[] = [];
  if (nullLatenessP99Ms !== undefined && nullLatenessP99Ms > most.latenessP99Ms) {
    reasons.push({
      code: 'generator.slow',
      message: `even against a server that does nothing 1 % of the requests started ${nullLatenessP99Ms.toFixed(1)} ms or more late (limit ${most.latenessP99Ms} ms)`,
      advice: 'this machine cannot generate this rate: lower it, or use several generators; npm run load -- calibrate',
    });
  }
  if (balance && balance.skew > balance.limit) {
    const shares = Object.entries(balance.requests).map(([name, count]) => `${name} ${count}`);
    reasons.push({
      code: 'balance.skewed',
      message: `the instances did not get even shares: ${shares.join(', ')} requests (off by ${percent(balance.skew)}, limit ${percent(balance.limit)})`,
      advice:
        'was one of them out, restarting, or kept by sticky connections? The figures are not those of all instances',
    });
  }
  // A phase that the target or an objective kept the run from is a limit that was missed.
  const isFinding = stopped !== undefined && stopped.because !== 'generator';
  for (const limit of isFinding ? [] : limits.filter(({ value }) => value === null)) {
    reasons.push({
      code: 'limit.unjudged',
      message: `${limit.what} of phase ${limit.phase} cannot be judged: ${limit.why}`,
      advice: 'change the limit in the scenario, or give the phase more time or a higher rate',
    });
  }
  return reasons;
}

/** Whether n values are enough to print quantile q: at least 5 must lie beyond it. */
export const isEnough = (count: number, q: number): boolean => count * (1 - q) >= 5;
