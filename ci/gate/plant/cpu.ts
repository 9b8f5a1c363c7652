// Loaded into a process with `node --import`: every request computes for a while before the program sees it.
import { planted } from './config.ts';
import { holdEveryRequest } from './every-request.ts';

const { ms } = planted('cpu');
let state = 1;
let owedMs = 0;

/** Some microseconds of arithmetic that allocates nothing: asking for the time alone would make work for the collector's threads. */
function compute(): void {
  for (let i = 0; i < 2000; i++) state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
}

holdEveryRequest((letThrough) => {
  owedMs += ms;
  const start = process.threadCpuUsage();
  let usedMs = 0;
  while (usedMs < owedMs) {
    compute();
    const used = process.threadCpuUsage(start);
    usedMs = (used.user + used.system) / 1000;
  }
  // What was too much is the next request's, so that the mean is right; a host that takes the CPU away is counted as use.
  owedMs -= usedMs;
  letThrough();
});
