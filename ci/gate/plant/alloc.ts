// Loaded into a process with `node --import`: every request allocates bytes on the JavaScript heap that nobody needs.
import { planted } from './config.ts';
import { holdEveryRequest } from './every-request.ts';

/** Small enough for the young generation, where a program's own short-lived objects are. */
const CHUNK_BYTES = 8 * 1024;
/** An element of an array, and what an array has beside its elements (its header and that of its store). */
const ELEMENT_BYTES = 8;
const HEADER_BYTES = 48;

const { bytes } = planted('alloc');
holdEveryRequest((letThrough) => {
  let last: unknown[] = [];
  for (let left = bytes; left > HEADER_BYTES; left -= CHUNK_BYTES) {
    const size = Math.floor((Math.min(left, CHUNK_BYTES) - HEADER_BYTES) / ELEMENT_BYTES);
    // The chain keeps the compiler from leaving the allocation out.
    last = new Array(size).fill(last);
  }
  if (last.length < 0) throw new Error('never');
  letThrough();
});
