// Seeded randomness: the same seed gives the same numbers in Node and in k6. Nothing here is for secrets.

/** Uniform numbers in [0, 1). */
export type Random = () => number;

/** 32-bit hash of a text, to give every use of a seed a stream of its own (FNV-1a, then the finaliser of MurmurHash3). */
export function hash32(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * A generator for one purpose of one seed: `seeded('42/arrivals')`.
 * sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, passes PractRand; 20 draws mix the seed in.
 */
export function seeded(purpose: string): Random {
  let a = hash32(`${purpose}/a`);
  let b = hash32(`${purpose}/b`);
  let c = hash32(`${purpose}/c`);
  let counter = 1;
  const next = () => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return (t >>> 0) / 4294967296;
  };
  for (let i = 0; i < 20; i++) next();
  return next;
}

/** A UUID that is a function of its name: other names (other seeds) do not collide. Version 8, RFC 9562 section 5.8. */
export function namedUuid(name: string): string {
  const hex = [0, 1, 2, 3].map((word) => hash32(`${word}/${name}`).toString(16).padStart(8, '0')).join('');
  const variant = ((Number.parseInt(hex[16]!, 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
