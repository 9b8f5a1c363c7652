// The calibration as one object: what was recorded, and of every cell (kind under neighbours) how each rule judged it. Types only.
import type { Rule } from '../gate/decide.ts';
import type { MetricName } from '../gate/metrics.ts';
import type { Share } from './intervals.ts';
import type { Neighbours, Recorded } from './recording.ts';

export interface CalibrationTable {
  schema: 'amsperf/calibration/v1';
  madeAt: string;
  /** Of the rule that was replayed. */
  commit: string;
  rule: Rule & { falseAlarm: number; falsePass: number };
  recordings: RecordingFacts[];
  /** How pairs were drawn again. */
  replay: { gates: number; blockPairs: number; seed: number; historyRuns: number };
  rivals: { name: string; source: string }[];
  cells: Cell[];
  equalDetection: EqualDetection[];
  goals: Goal[];
}

/** What was recorded under one kind of neighbours. */
export interface RecordingFacts {
  neighbours: Neighbours;
  from: string;
  to: string;
  commits: string[];
  machine: Recorded['machine'];
  load: Recorded['load'];
  /** Pairs by kind: all, and those that could be trusted. */
  pairs: Record<string, { recorded: number; trusted: number }>;
}

export interface Cell {
  neighbours: Neighbours;
  kind: string;
  /** What was planted, in words. */
  text: string;
  /** Equal builds: what is blocked is blocked wrongly. */
  isEqual: boolean;
  /** Trusted pairs that the rates rest on: they are independent, the gates made of them again are not. */
  independentPairs: number;
  /** What the slowdown did: mean of the log ratios over those pairs with its 95 % interval (Student), as ratios. */
  effects: MeasuredEffect[];
  ours: Ours;
  rivals: { name: string; blocked: Share }[];
}

export interface MeasuredEffect {
  metric: MetricName;
  estimate: number;
  /** null with fewer than 2 pairs. */
  lower: number | null;
  upper: number | null;
}

export interface Ours {
  /** Of the gates made of pairs drawn again; their interval (Wilson) says how exactly the drawing is known, no more. */
  regression: Share;
  pass: Share;
  inconclusive: Share;
  invalid: Share;
  /** REGRESSION of gates made of the pairs as recorded, none used twice; interval by Clopper and Pearson. */
  asRecorded: Share;
  /** Time to verdict and pairs of the gates drawn again. */
  seconds: { median: number; largest: number };
  pairs: { median: number; largest: number };
  /** Of the recorded counts, those in which head certainly did more: each decides a gate before its first pair. */
  byCounters: Share;
  /** Recorded confirmations by turns, drawn for a REGRESSION by response times alone; without any it stands unconfirmed. */
  confirmations: number;
}

/** A rival whose limit was moved until it found a slowdown as often as we do. */
export interface EqualDetection {
  neighbours: Neighbours;
  kind: string;
  rival: string;
  /** Share that we find of this kind, and of equal builds that we block. */
  ours: { found: Share; falseBlocks: Share };
  limit: number;
  found: Share;
  falseBlocks: Share;
}

export interface Goal {
  goal: string;
  target: string;
  /** "not recorded" where a recording lacks it. */
  reached: string;
  met: boolean | null;
}
