// The generated routes in a real Alertmanager, waits shortened: of what somebody was told, nobody is told again.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { silent } from '../../cli/progress.ts';
import { startAlertmanager } from '../../system/local/alertmanager.ts';
import { scratchDir } from '../../system/local/parts.ts';
import { alertmanagerConfig } from '../compile/alertmanager.ts';
import { alertLabels } from '../compile/alerts.ts';
import { HELD_BACK_ALERT, heldBackLabels } from '../compile/held-back.ts';
import { labelsOf } from '../compile/rule.ts';
import { readAllObjectives } from '../objectives/read.ts';
import { scaleRoutes } from './scale.ts';
import { startWebhook } from './webhook.ts';

const objectives = await readAllObjectives(path.join(import.meta.dirname, '../objectives'));
/** A group waits 50 ms, tells again after half a second. */
const SCALE = 600;
const INTERVAL_MS = 500;
const now = () => Date.now() / 1000;

type Labels = Record<string, string>;
const tierOf = (slo: string, index: number) => {
  const objective = objectives.find(({ name }) => name === slo)!;
  return { objective, tier: objective.policy[index]! };
};
const burn = (slo: string, index: number): Labels => {
  const { objective, tier } = tierOf(slo, index);
  return { alertname: objective.alert, ...labelsOf(objective), ...alertLabels(objective, tier) };
};
const held = (slo: string, index: number): Labels => {
  const { objective, tier } = tierOf(slo, index);
  return { alertname: HELD_BACK_ALERT, ...heldBackLabels(objective, tier) };
};

/** An Alertmanager to which steps are told one after another, each left alone until its groups have had the time to tell. */
async function course(steps: { firing: Labels[]; ended?: Labels[] }[]): Promise<string[]> {
  const scratch = await scratchDir();
  const webhook = await startWebhook(now);
  const configFile = path.join(scratch.dir, 'alertmanager.yml');
  const routes = scaleRoutes(alertmanagerConfig(objectives, webhook.url), SCALE);
  await writeFile(configFile, stringify(routes, { aliasDuplicateObjects: false }));
  const alertmanager = await startAlertmanager({ dir: scratch.dir, progress: silent, configFile });
  try {
    for (const { firing, ended = [] } of steps) {
      const body = [
        ...firing.map((labels) => ({ labels })),
        ...ended.map((labels) => ({ labels, endsAt: new Date().toISOString() })),
      ];
      const answer = await fetch(`${alertmanager.url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      assert.equal(answer.status, 200, await answer.text());
      await sleep(3 * INTERVAL_MS);
    }
    return webhook.notifications.map(
      ({ receiver, alerts }) =>
        `${receiver}: ${alerts.map(({ status, labels }) => `${labels.slo} ${labels.tier} ${status}`).join(', ')}`,
    );
  } finally {
    await alertmanager.stop();
    await webhook.stop();
    await scratch.remove();
  }
}

test('one outage is one page and one end, though a slower tier fires longer; forgotten too soon, it would be two', async () => {
  const [fast, slow] = [burn('errors', 0), burn('errors', 1)];
  const [forgets, remembers] = await Promise.all([
    course([
      { firing: [fast] },
      { firing: [fast, slow, held('errors', 1)] },
      { firing: [slow], ended: [fast, held('errors', 1)] },
    ]),
    course([
      { firing: [fast, held('errors', 1)] },
      { firing: [fast, slow, held('errors', 1)] },
      { firing: [slow, held('errors', 1)], ended: [fast] },
      { firing: [held('errors', 1)], ended: [slow] },
      { firing: [], ended: [held('errors', 1)] },
    ]),
  ]);
  assert.equal(forgets.filter((line) => line.includes('firing')).length, 2, forgets.join('\n'));
  assert.deepEqual(remembers, ['page-sev-2: errors 1h firing', 'page-sev-2: errors 1h resolved']);
});

test('when check-ins have paged the slow whole does not, and the other way round; what only holds back goes to nobody', async () => {
  const told = (first: string, second: string) =>
    course([
      { firing: [burn(first, 0), held(second, 0)] },
      { firing: [burn(first, 0), held(second, 0), burn(second, 0)] },
    ]);
  const both = await Promise.all([told('check-in-burst', 'latency'), told('latency', 'check-in-burst')]);
  assert.deepEqual(both, [['page-sev-2: check-in-burst 1h firing'], ['page-sev-2: latency 1h firing']]);
});
