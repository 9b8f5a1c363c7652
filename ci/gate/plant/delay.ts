// Loaded into a process with `node --import`: every request waits before the program sees it.
import { planted } from './config.ts';
import { holdEveryRequest } from './every-request.ts';

const { ms } = planted('delay');
let owedMs = 0;
holdEveryRequest((letThrough) => {
  // Timers know whole milliseconds only: what is left over goes to the next request, so that the mean is right.
  owedMs += ms;
  const waitMs = Math.floor(owedMs);
  owedMs -= waitMs;
  if (waitMs === 0) letThrough();
  else setTimeout(letThrough, waitMs);
});
