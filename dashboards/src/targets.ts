// What the pages are about: the objectives of the whole, and those of single flows.
import path from 'node:path';
import { type Objective, readObjectives } from '../../slo/objectives/read.ts';

export interface Targets {
  whole: Objective[];
  flows: Objective[];
}

/** @param dir slo/objectives */
export const readTargets = async (dir: string): Promise<Targets> => ({
  whole: await readObjectives(dir),
  flows: await readObjectives(path.join(dir, 'flows')),
});
