// Loaded into a process with `node --import`: every request waits before the program sees it, once so many have come since the start.
import { planted } from './config.ts';
import { holdEveryRequest } from './every-request.ts';

const { ms, after } = planted('late');
let seen = 0;
holdEveryRequest((letThrough) => {
  if (++seen > after) setTimeout(letThrough, ms);
  else letThrough();
});
