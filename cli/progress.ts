/** Progress for people, on standard error: `step` starts a line of work, `note` adds to it. Never on standard output. */
export interface Progress {
  /** A new stage of the command. */
  step(text: string): void;
  /** What happens inside the stage; on a terminal it overwrites itself. */
  tick(text: string): void;
  /** A line that stays. */
  note(text: string): void;
}

/** @param out where to write; only a terminal gets lines that overwrite themselves, a log gets a line every 5 s. */
export function progressTo(out: NodeJS.WriteStream): Progress {
  const startedAt = performance.now();
  let ticking = false;
  let lastTickAt = 0;
  const line = (mark: string, text: string) => {
    if (ticking) out.write('\r\x1b[K');
    ticking = false;
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(6);
    out.write(`${seconds} s ${mark} ${text}\n`);
  };
  return {
    step: (text) => line('>', text),
    note: (text) => line(' ', text),
    tick(text) {
      const now = performance.now();
      if (out.isTTY) {
        out.write(`\r\x1b[K         . ${text}`.slice(0, (out.columns ?? 120) + 4));
        ticking = true;
      } else if (now - lastTickAt >= 5000) {
        lastTickAt = now;
        line('.', text);
      }
    },
  };
}

/** Progress that says nothing: for tests. */
export const silent: Progress = { step() {}, tick() {}, note() {} };
