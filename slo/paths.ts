// Where the objectives and what is made of them stand in this checkout.
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');

/** Relative to the folder that the command was called in, because messages name files in it. */
export const objectivesDir = path.relative(process.cwd(), path.join(root, 'slo/objectives')) || '.';
export const rulesDir = path.join(root, 'slo/rules');
