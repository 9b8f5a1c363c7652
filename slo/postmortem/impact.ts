// Who was hurt and what it cost, in words with figures: what was gathered in, lines of the document out. Pure.
import type { Objective } from '../objectives/read.ts';
import { wordsOf } from './facts.ts';
import type { Gathered } from './gather.ts';

/** Lines of the document; [[id]] stands for a figure. */
export function impactItems(gathered: Gathered): string[] {
  const { incident, where, figures } = gathered;
  const { objective } = incident;
  const { things } = wordsOf(objective);
  const slices = objective.source.kind === 'slices';
  const has = (id: string) => figures.some((figure) => figure.id === id);
  const titles = new Map(figures.map(({ id, title }) => [id, title]));
  const badWords = titles.get('bad')!;
  return [
    slices
      ? 'Bad for [[down]]: [[bad]] of [[all]] slices ([[bad-share]]); in the worst minute [[worst-minute]].'
      : `${badWords}: [[bad]] of [[all]] ([[bad-share]]); in the worst minute [[worst-minute]].`,
    `Of the month's error budget the incident took [[budget-spent]] (${has('month-own') ? '[[month-own]]' : '[[bad]]'} bad ones against what [[month-all]] ${things} since [[month-known]] allow); [[budget-left]] was left at its end.`,
    ...where
      .filter(({ ids }) => ids.length > 0)
      .map(
        ({ label, ids }) =>
          `By \`${label}\`: ${ids.map((id) => `\`${titles.get(id)!.slice(label.length + 1) || '(none)'}\` [[${id}]]`).join(', ')}.`,
      ),
    ...(slices
      ? ['Requests hurt: not known. Slices of time count no requests; the log of the balancer could tell.']
      : []),
    tenants(objective, has('log-tenants')),
  ];
}

function tenants(objective: Objective, inLog: boolean): string {
  if (inLog) {
    return 'Tenants hurt: [[log-tenants]], by [[log-requests]] bad requests in the log. Where the log keeps only a share of successes (LOG_SUCCESS_RATIO), slow requests in it are a lower bound.';
  }
  const counted = objective.source.kind === 'events' && objective.source.total.startsWith('http_server_');
  return counted
    ? "Tenants hurt: not known. No metric has the tenant; the API's log has it (`--log FILE`)."
    : 'Tenants hurt: not known. Neither a metric nor a request of the log tells it for this objective.';
}
