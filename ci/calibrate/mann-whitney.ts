// The rank-sum test on two samples, as those who compare single requests use it. Pure.

/**
 * Standard score of the U statistic of Mann and Whitney (Annals of Mathematical Statistics 18, 1947) with the normal
 * approximation, the correction for ties and that for continuity:
 *
 *   z = (U - mn/2 -+ 1/2) / sqrt(mn/12 * ((N + 1) - sum(t^3 - t) / (N (N - 1)))),   N = m + n, t = length of each tie
 *
 * @returns positive when `second` tends to be larger; its one-sided p is the normal tail above it
 */
export function mannWhitneyZ(first: readonly number[], second: readonly number[]): number {
  const [m, n] = [first.length, second.length];
  const all = [...first.map((value) => ({ value, isSecond: 0 })), ...second.map((value) => ({ value, isSecond: 1 }))];
  all.sort((a, b) => a.value - b.value);
  let rankSum = 0;
  let ties = 0;
  for (let from = 0; from < all.length; ) {
    let to = from;
    let seconds = 0;
    while (to < all.length && all[to]!.value === all[from]!.value) seconds += all[to++]!.isSecond;
    const tied = to - from;
    // Ranks count from 1; tied values share their mean.
    rankSum += seconds * (from + (tied + 1) / 2);
    ties += tied ** 3 - tied;
    from = to;
  }
  const u = rankSum - (n * (n + 1)) / 2;
  const distance = u - (m * n) / 2;
  const total = m + n;
  const variance = ((m * n) / 12) * (total + 1 - ties / (total * (total - 1)));
  if (variance <= 0) return 0;
  return (distance - Math.sign(distance) / 2) / Math.sqrt(variance);
}
