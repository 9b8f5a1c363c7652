// Loaded into a process with `node --import`: every request computes for a while before the program sees it.
import { plantMs } from './config.ts';
import { holdEveryRequest } from './every-request.ts';

const ms = plantMs();
holdEveryRequest((letThrough) => {
  const start = process.threadCpuUsage();
  for (;;) {
    const used = process.threadCpuUsage(start);
    if ((used.user + used.system) / 1000 >= ms) break;
  }
  letThrough();
});
