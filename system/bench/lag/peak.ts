// Benchmark: projection lag from outside at the peak, three times the average.
import type { BenchOptions, BenchResult } from '../result.ts';
import { lagUnder } from './lag.ts';

const MOST_MS = 150;

export const run = (options: BenchOptions): Promise<BenchResult> => lagUnder('peak', MOST_MS, options);
