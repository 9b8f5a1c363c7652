// The real processes of AMS, on real databases, with some traffic: the doctor finds nothing wrong with what they expose.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { silent } from '../../cli/progress.ts';
import { scratchDir } from '../../system/local/parts.ts';
import { runHook, startService } from '../../system/local/service.ts';
import { readService } from '../../system/local/service-spec.ts';
import { freshParts } from '../../system/local/testing.ts';
import { doctor } from './command.ts';
import type { Finding } from './finding.ts';

const checkout = join(import.meta.dirname, '../..');

test('the API and the worker of AMS have nothing wrong, before and after their first requests', async () => {
  const spec = await readService(join(checkout, 'system/service.yaml'));
  const parts = await freshParts(['postgres', 'mongodb', 'redis']);
  const scratch = await scratchDir();
  const options = { checkout, parts: { urls: parts.urls, list: parts.own.list } };
  try {
    await runHook(spec, 'prepare', options);
    const people = [{ tenant: 'academy-1', role: 'manager', subject: 'm' }];
    const [headers] = JSON.parse(
      (await runHook(spec, 'identities', { ...options, stdin: JSON.stringify(people) }))!,
    ) as [Record<string, string>];
    const running = await startService(spec, { ...options, dir: scratch.dir });
    try {
      const look = async (port: number) => {
        const { exitCode, data } = await doctor(
          {
            words: [`http://127.0.0.1:${port}/metrics`],
            options: { wait: '0.2' },
            json: true,
            progress: silent,
            signal: new AbortController().signal,
          },
          0,
        );
        const { findings, series } = data as { findings: Finding[]; series: number };
        assert.deepEqual(
          findings.filter(({ level }) => level === 'wrong'),
          [],
        );
        assert.equal(exitCode, 0);
        return series;
      };
      const portOf = (kind: string) => running.processes.find((process) => process.kind === kind)!.port;
      const before = await look(portOf('api'));
      for (const path of ['/api/v1/members', '/api/v1/classes', '/api/v1/members/4711', '/api/v1/none'])
        await (await fetch(running.baseUrl + path, { headers })).text();
      assert.ok((await look(portOf('api'))) > before, 'the requests are new series');
      assert.ok((await look(portOf('worker'))) > 50);
    } finally {
      await running.stop();
    }
  } finally {
    await parts.close();
    await scratch.remove();
  }
});
