// The pages of slo/runbooks with their questions, and the fault whose data each is asked of.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { BLIND_ALERT } from '../compile/absence.ts';
import { BLIND_FAULTS } from '../drill/blind.ts';
import { BURN_FAULTS } from '../drill/faults.ts';
import type { Objective } from '../objectives/read.ts';
import { questionsOf } from './page.ts';
import type { Page } from './verify.ts';

/** One for each alert that is compiled, in the order of the objectives. */
export async function readPages(objectives: Objective[], dir = import.meta.dirname): Promise<Page[]> {
  const faultOf = (slo: string) => BURN_FAULTS.find((fault) => fault.slo === slo)!.name;
  const alerts = [
    ...objectives.map(({ alert, name }) => ({ alert, fault: faultOf(name) })),
    { alert: BLIND_ALERT, fault: BLIND_FAULTS[0]!.name },
  ];
  return Promise.all(
    alerts.map(async ({ alert, fault }) => {
      const file = `slo/runbooks/${alert}.md`;
      return {
        alert,
        file,
        fault,
        questions: questionsOf(await readFile(path.join(dir, `${alert}.md`), 'utf8'), file),
      };
    }),
  );
}

/** Every query that is asked of a fault's data. */
export const queriesOf = (pages: Page[], fault: string): string[] =>
  pages.flatMap((page) =>
    page.questions.filter((question) => (question.fault ?? page.fault) === fault).map(({ query }) => query),
  );
