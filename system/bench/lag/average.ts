// Benchmark: projection lag from outside at the average load.
import type { BenchOptions, BenchResult } from '../result.ts';
import { lagUnder } from './lag.ts';

const MOST_MS = 30;

export const run = (options: BenchOptions): Promise<BenchResult> => lagUnder('average', MOST_MS, options);
