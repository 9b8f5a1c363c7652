/** A wait that can be ended early. One waiter at a time. */
export interface Pause {
  wait(ms: number): Promise<void>;
  /** Ends the wait under way, if there is one. */
  end(): void;
}

export function createPause(): Pause {
  let end = () => {};
  return {
    wait: (ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        end = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    end: () => end(),
  };
}
