// A bounded number of works at once, a bounded queue before them, a bounded wait in it. In: a work. Out: its result, or `Overloaded`.

export class Overloaded extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'Overloaded';
  }
}

export interface Semaphore {
  /** Rejects with `Overloaded` when the queue is full or the wait too long, otherwise as `work` does. */
  run<T>(work: () => Promise<T>): Promise<T>;
  readonly running: number;
  readonly waiting: number;
}

export function createSemaphore(limits: { max: number; maxWaiting: number; maxWaitMs: number }): Semaphore {
  let running = 0;
  const queue = new Set<() => void>();

  /** Resolves when there is room, which is then taken. */
  function enter(): Promise<void> | void {
    if (running < limits.max) {
      running++;
      return;
    }
    if (queue.size >= limits.maxWaiting) throw new Overloaded(`${queue.size} are waiting already`);
    return new Promise((resolve, reject) => {
      const turn = () => {
        clearTimeout(timer);
        queue.delete(turn);
        resolve();
      };
      const timer = setTimeout(() => {
        queue.delete(turn);
        reject(new Overloaded(`no turn within ${limits.maxWaitMs} ms`));
      }, limits.maxWaitMs);
      queue.add(turn);
    });
  }

  /** Whoever leaves hands the room over, so that nobody overtakes the queue. */
  function leave(): void {
    const [next] = queue;
    if (next) next();
    else running--;
  }

  return {
    async run(work) {
      await enter();
      try {
        return await work();
      } finally {
        leave();
      }
    },
    get running() {
      return running;
    },
    get waiting() {
      return queue.size;
    },
  };
}
