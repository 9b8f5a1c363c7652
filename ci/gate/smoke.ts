// `--smoke`: one start of the head arm under one plan, for the objectives alone.
import path from 'node:path';
import type { Arm } from './arms.ts';
import type { Comparison } from './compare.ts';
import { REPEATS } from './defaults.ts';
import type { Load } from './load.ts';
import { carryOutTurn } from './turn.ts';

/** Carries out the plan until it can be trusted, REPEATS times more at most; then the verdict is INVALID. */
export async function smoke(arm: Arm, load: Load): Promise<Comparison> {
  const repeated: string[] = [];
  for (;;) {
    const attempt = repeated.length;
    const dir = path.join(load.dir, `attempt-${attempt + 1}`);
    const running = await arm.start(dir);
    try {
      const turn = await carryOutTurn(arm, running, load.planOf(attempt), {
        ...load,
        dir,
        lag: load.lagOf(attempt),
        isAlone: true,
        onProgress: (done, planned) => load.progress.tick(`head: ${done} of ${planned} requests`),
      });
      const nothingCompared = { effects: [], pairs: [], turns: { base: [], head: [turn] }, confirmation: null };
      if (turn.invalid.length === 0) return { verdict: 'PASS', why: [], repeated, ...nothingCompared };
      if (repeated.length === REPEATS) return { verdict: 'INVALID', why: turn.invalid, repeated, ...nothingCompared };
      repeated.push(turn.invalid.join('; '));
      load.progress.note(`INVALID, repeated: ${turn.invalid.join('; ')}`);
    } finally {
      await running.stop();
    }
  }
}
