// When to stop asking a part that fails: a state machine without timers or I/O, cheap enough for calls of a fraction of a
// millisecond. In: what became of each call. Out: whether the next one may be made.
//
//   closed ──(enough of the window's calls failed)──▶ open ──(the jittered pause is over)──▶ half-open: ONE call goes through
//     ▲                                                 ▲                                          │
//     └──────────────── it succeeded ───────────────────┼──────────────────────────────────────────┤
//                                                       └────────────── it failed ─────────────────┘

export interface BreakerSettings {
  /** Calls are judged over one to two halves of this. */
  windowMs: number;
  /** Opens at this many failures in the window … */
  failures: number;
  /** … if they are at least this share of its calls. */
  failedRatio: number;
  /** Pause before the probe; drawn anew each time from [pauseMs, 1.5 pauseMs], so that instances do not probe in step. */
  pauseMs: number;
}

export type BreakerState = 'closed' | 'open' | 'half_open';

export interface Breaker {
  readonly state: BreakerState;
  /** A ticket for one call, to be given back with `end`; undefined when the call must not be made. */
  begin(): number | undefined;
  /** Calls that began before the state last changed no longer count: their time is over. */
  end(ticket: number, succeeded: boolean): void;
}

/** @param onState hears of every change of state */
export function createBreaker(
  { windowMs, failures, failedRatio, pauseMs }: BreakerSettings,
  { nowMs, random }: { nowMs: () => number; random: () => number },
  onState: (state: BreakerState) => void = () => {},
): Breaker {
  let state: BreakerState = 'closed';
  /** Grows with every change of state; the ticket of a call is the epoch in which it began. */
  let epoch = 1;
  let reopensAtMs = 0;
  // The window as two halves: the current one and the one before.
  let halfBeganMs = nowMs();
  let [current, before] = [empty(), empty()];

  function change(to: BreakerState): void {
    state = to;
    epoch++;
    [current, before] = [empty(), empty()];
    halfBeganMs = nowMs();
    if (to === 'open') reopensAtMs = halfBeganMs + pauseMs * (1 + random() / 2);
    onState(to);
  }

  function slide(now: number): void {
    const halvesAgo = Math.floor((now - halfBeganMs) / (windowMs / 2));
    if (halvesAgo < 1) return;
    before = halvesAgo === 1 ? current : empty();
    current = empty();
    halfBeganMs += halvesAgo * (windowMs / 2);
  }

  return {
    get state() {
      return state;
    },
    begin() {
      if (state === 'closed') return epoch;
      if (state === 'half_open' || nowMs() < reopensAtMs) return undefined;
      change('half_open');
      return epoch;
    },
    end(ticket, succeeded) {
      if (ticket !== epoch) return;
      if (state === 'half_open') return change(succeeded ? 'closed' : 'open');
      slide(nowMs());
      current.calls++;
      if (succeeded) return;
      current.failed++;
      const failed = current.failed + before.failed;
      if (failed >= failures && failed >= failedRatio * (current.calls + before.calls)) change('open');
    },
  };
}

const empty = () => ({ calls: 0, failed: 0 });
