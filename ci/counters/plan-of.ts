// The plan that PostgreSQL makes for a statement as pg_stat_statements shows it: without the values of one call.
import pg from 'pg';

/** Of one statement, as text, costs left out so that two plans can be compared; or why there is none. */
export type StatementPlan = { plan: string[] } | { why: string };

/**
 * Asks for the generic plan of a statement: the one that does not depend on values.
 * (EXPLAIN has GENERIC_PLAN from version 16 on; a prepared statement under force_generic_plan gives the same on older ones.)
 * @param url of the service's database
 * @param statement with $1, $2 … for its values
 */
export async function planOf(url: string, statement: string): Promise<StatementPlan> {
  if (!/^\s*(select|insert|update|delete|with|merge|values)\b/i.test(statement))
    return { why: 'no statement with a plan' };
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000, statement_timeout: 5000 });
  client.on('error', () => {});
  await client.connect();
  try {
    const values = Math.max(0, ...[...statement.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
    await client.query('begin read only');
    await client.query(`set local plan_cache_mode = 'force_generic_plan'`);
    await client.query(`set local pg_stat_statements.track = 'none'`);
    await client.query(`prepare counted as ${statement}`);
    const list = values > 0 ? `(${Array(values).fill('null').join(', ')})` : '';
    const { rows } = await client.query(`explain (costs off) execute counted${list}`);
    return { plan: rows.map((row) => row['QUERY PLAN'] as string) };
  } catch (error) {
    return { why: (error as Error).message };
  } finally {
    await client.end();
  }
}
