// Loaded into a process with `node --import`: a share of the requests, drawn from a fixed seed, waits before the program sees them.
import { seeded } from '../../../loadtests/workload/random.ts';
import { planted } from './config.ts';
import { holdEveryRequest } from './every-request.ts';

const { share, ms } = planted('tail');
const random = seeded('plant/tail');
holdEveryRequest((letThrough) => {
  if (random() < share) setTimeout(letThrough, ms);
  else letThrough();
});
