// Made-up counts, for tests of the reports: `more` rows that fail the gate in one step, and one row that is less.
import type { Counted, CounterRow } from '../../counters/result.ts';

/** @param statement text of the first of `more` statements; the others carry their number */
export function madeCounted(more: number, statement = 'select id from members where id = $1'): Counted {
  const row = (index: number): CounterRow => ({
    step: 'check in',
    part: 'postgres',
    counter: 'sql-statements',
    statement: index === 0 ? statement : `${statement} /* ${index} */`,
    base: 1,
    head: 3,
    change: 'changed',
  });
  const less: CounterRow = {
    step: 'member card',
    part: 'redis',
    counter: 'redis-commands',
    statement: 'get',
    base: 2,
    head: 1,
    change: 'changed',
  };
  return {
    verdict: more > 0 ? 'MORE' : 'CHANGED',
    rows: [...Array.from({ length: more }, (_, index) => row(index)), less],
    totals: [
      { step: 'check in', counter: 'sql-statements', base: more, head: 3 * more, isMore: more > 0 },
      { step: 'member card', counter: 'redis-commands', base: 2, head: 1, isMore: false },
    ],
    notExact: [],
    idle: [],
    notCounted: [],
    callsPerStep: 8,
    seconds: 41,
  };
}
