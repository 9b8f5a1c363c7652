// Loaded into a process with `node --import`: every request waits before the program sees it.
import { plantMs } from './config.ts';
import { holdEveryRequest } from './every-request.ts';

const ms = plantMs();
holdEveryRequest((letThrough) => void setTimeout(letThrough, ms));
