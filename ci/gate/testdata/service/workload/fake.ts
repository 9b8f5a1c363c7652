// One read at a steady rate, with seeded gaps between 0.5 and 1.5 of the mean.
export function readModel(text: string) {
  const averageRatePerSecond = Number(/ratePerSecond: (\d+)/.exec(text)![1]);
  const warmUp = { name: 'warm-up', kind: 'warm-up', seconds: 1, rate: 'average' };
  const hold = { name: 'hold', kind: 'hold', seconds: 3, rate: 'average' };
  const scenarios = { smoke: { phases: [warmUp, hold] } };
  return { averageRatePerSecond, peakFactor: 1, scenarios, hash: 'fake' };
}

const identities = [{ tenant: 'one', role: 'reader', subject: 'somebody' }];
const call = { step: 'read', method: 'GET', path: '/thing', identity: 0 };

export const seedCalls = () => ({ identities, calls: [call] });

export function drawPlan(
  model: { hash: string },
  draw: { ratePerSecond: number; durationMs: number; warmUpMs: number; seed: number },
) {
  const arrivals: object[] = [];
  let state = draw.seed;
  for (let atMs = 0; atMs < draw.durationMs; ) {
    arrivals.push({ atMs, ...call });
    state = (state * 1103515245 + 12345) % 2 ** 31;
    atMs += (1000 / draw.ratePerSecond) * (0.5 + state / 2 ** 31);
  }
  return { schema: 'amsperf/plan/v1', ...draw, workloadHash: model.hash, identities, arrivals };
}

export const limits = {
  timeoutMs: 5000,
  latenessP99Ms: 2000,
  generatorCpuShare: 0.9,
  othersCpuShare: 0.9,
  samplesBeyond: 10,
};
