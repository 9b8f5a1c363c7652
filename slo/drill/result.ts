// What a drill of one alert has shown, and whether it passed. Times of one drill are seconds from the start of its fault.

export interface DrillResult {
  alert: string;
  slo: string;
  /** Name of the fault, and what was done. */
  fault: string;
  what: string;
  startedAt: string;
  /** By what every window, wait and interval was divided. */
  scale: number;
  /** Share of bad events while it lasted and events a second, as the prediction took them. */
  badShare: number;
  eventsPerSecond: number | null;
  /** The same as the short window showed it before the fault ended. */
  seen: { badShare: number | null; eventsPerSecond: number | null };
  /** Null where the policy says that it never comes. */
  predicted: { firesAfter: number | null; pageAfter: number | null; resolvedAfter: number | null };
  /** When the webhook was told; null: it was not. */
  actual: { pageAfter: number | null; resolvedAfter: number | null };
  /** The page's predicted time on call: without the scale, and without what the fault itself takes. */
  onCallMinutes: number | null;
  /** One evaluation interval and the notification's own wait. */
  toleranceSeconds: number;
  /** How long the fault was held. */
  heldSeconds: number;
  /** Tiers that fired when the fault ended. */
  tiers: string[];
  /** Notifications about this objective while the fault lasted. */
  notifications: number;
  /** Notifications about it after the fault had ended, that something still or again fires. */
  afterwards: number;
  /** Pages of other objectives while it lasted and afterwards. */
  alsoPaged: string[];
}

/** What a drill proves, each a sentence; those that do not hold are the reasons of FAIL. */
export function shortcomings(result: DrillResult): string[] {
  const { predicted, actual, toleranceSeconds, notifications, afterwards, alsoPaged } = result;
  const said: string[] = [];
  if (actual.pageAfter === null) return ['nobody was told'];
  if (predicted.pageAfter === null) said.push('it was predicted never to page');
  else if (Math.abs(actual.pageAfter - predicted.pageAfter) > toleranceSeconds) {
    said.push(`told ${seconds(actual.pageAfter - predicted.pageAfter)} from the prediction`);
  }
  if (notifications !== 1) said.push(`${notifications} notifications for one fault`);
  if (afterwards > 0) said.push(`${afterwards} more after it had ended`);
  if (alsoPaged.length > 0) said.push(`${alsoPaged.join(', ')} paged, too`);
  if (actual.resolvedAfter === null) said.push('nobody was told that it ended');
  return said;
}

/** `+1.2 s` */
export const seconds = (value: number): string => `${value >= 0 ? '+' : ''}${value.toFixed(1)} s`;

/** When, of what and on what it was drilled. */
export interface Circumstances {
  drilledAt: string;
  commit: string;
  machine: string;
}

/** A whole run of drills, as it is written down. */
export interface Drills extends Circumstances {
  schema: 'amsperf/drill/v1';
  scale: number;
  results: DrillResult[];
  /** Faults that could not be drilled, and why. */
  undone: { fault: string; message: string }[];
}

/** The last drill of every fault, each with its circumstances: slo/drill/results.json. */
export interface SavedDrills {
  schema: 'amsperf/drills/v1';
  results: (Circumstances & DrillResult)[];
}
