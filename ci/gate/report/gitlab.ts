// GitLab's load-performance.json: the shape of k6's old --summary-export, of which its merge request widget reads four figures. Pure.
import type { Curve, GateResult } from '../result.ts';

/**
 * The widget shows checks (passes of passes and fails), TTFB P90 and P95 (`http_req_waiting`, ms) and RPS (`http_reqs.rate`)
 * beside those of the target branch. Times are ours, from the planned start of a request; requests without an expected answer are
 * failed checks.
 */
export function gitlabReport(result: GateResult): string {
  const times = summaryOf(result.curves.head);
  const turns = Math.max(1, result.pairs.length);
  const sum = (count: (turn: GateResult['pairs'][number]['head']) => number) =>
    result.pairs.reduce((total, pair) => total + count(pair.head), 0);
  const seconds = (turns * result.load.measuredMs) / 1000;
  const planned = sum((turn) => turn.planned);
  const fails = sum((turn) => turn.errors);
  const answered = sum((turn) => turn.answered);
  const metrics = {
    ...(times && { http_req_duration: times, http_req_waiting: times }),
    ...(planned > 0 && {
      http_reqs: { count: answered, rate: answered / seconds },
      checks: { passes: planned - fails, fails, value: (planned - fails) / planned },
    }),
  };
  const rootGroup = { name: '', path: '', id: 'd41d8cd98f00b204e9800998ecf8427e', groups: {}, checks: {} };
  return `${JSON.stringify({ metrics, root_group: rootGroup }, null, 2)}\n`;
}

function summaryOf(curve: Curve) {
  if (curve.length === 0) return undefined;
  const at = (share: number) => timeAt(curve, share);
  return {
    min: curve[0]![1],
    med: at(0.5),
    'p(90)': at(0.9),
    'p(95)': at(0.95),
    max: curve.at(-1)![1],
    avg: meanOf(curve),
  };
}

/** The time that this share of the requests stays within: on a straight line between the two nearest points of the curve. */
function timeAt(curve: Curve, share: number): number {
  const after = curve.findIndex(([each]) => each >= share);
  if (after <= 0) return curve.at(after)![1];
  const [[left, low], [right, high]] = [curve[after - 1]!, curve[after]!];
  return right === left ? high : low + ((share - left) / (right - left)) * (high - low);
}

/** Area under the curve: its points are shares of all requests. */
function meanOf(curve: Curve): number {
  const area = curve
    .slice(1)
    .reduce((sum, [share, ms], i) => sum + (share - curve[i]![0]) * ((ms + curve[i]![1]) / 2), 0);
  const [last, ms] = curve.at(-1)!;
  return area + (1 - last) * ms;
}
