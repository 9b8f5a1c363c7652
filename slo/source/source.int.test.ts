import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silent } from '../../cli/progress.ts';
import { startPrometheus } from '../../system/local/prometheus.ts';
import { openSource } from './source.ts';
import { recordingsFolder, seriesOf, withSource } from './testing.ts';

const folder = await recordingsFolder();
after(folder.remove);
const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close();
});

async function listen(answer: (url: string) => { status: number; body: string }): Promise<string> {
  const server = createServer((request, response) => {
    const { status, body } = answer(request.url!);
    response.writeHead(status, { 'content-type': 'text/plain' }).end(body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const FROM = Date.UTC(2026, 0, 10) / 1000;
const times = (count: number, every: number) => Array.from({ length: count }, (_, index) => FROM + index * every);
/** Two hours of a counter of one a second, and a gauge that is 0.5. */
const planted = () => [
  seriesOf(
    'requests_total',
    { job: 'api', route: '/a "b"\\c' },
    times(241, 30).map((at) => [at, at - FROM]),
  ),
  seriesOf(
    'share',
    { job: 'api' },
    times(241, 30).map((at) => [at, 0.5]),
  ),
];

let file: string;
before(async () => {
  file = await folder.write(planted());
});

test('a recorded file answers PromQL with what was planted in it, however long ago that was', async () => {
  await withSource(file, async (source) => {
    assert.equal(source.what, file);
    assert.deepEqual(source.extent, { fromSeconds: FROM, toSeconds: FROM + 7200 });
    const [rate] = await source.instant('rate(requests_total[10m])', FROM + 3600);
    assert.deepEqual(rate?.labels, { job: 'api', route: '/a "b"\\c' });
    assert.ok(Math.abs(rate.samples[0]![1] - 1) < 1e-9);
    const span = { fromSeconds: FROM + 600, toSeconds: FROM + 1200, stepSeconds: 300 };
    assert.deepEqual((await source.range('share', span))[0]?.samples, [
      [FROM + 600, 0.5],
      [FROM + 900, 0.5],
      [FROM + 1200, 0.5],
    ]);
    const [raw] = await source.instant('share[59s]', FROM + 60);
    assert.deepEqual(raw?.samples, [
      [FROM + 30, 0.5],
      [FROM + 60, 0.5],
    ]);
  });
});

test('a span of more points than Prometheus gives at once comes whole, each point once', async () => {
  await withSource(file, async (source) => {
    const span = { fromSeconds: FROM, toSeconds: FROM + 7200, stepSeconds: 0.5 };
    const [series] = await source.range('requests_total', span);
    assert.equal(series?.samples.length, 14_401);
    for (const [index, [seconds]] of series!.samples.entries()) assert.equal(seconds, FROM + index / 2);
  });
});

test('a Prometheus and what was recorded from it give the same answers', async () => {
  let served = 0;
  const target = await listen(() => {
    served++;
    return {
      status: 200,
      body: `# TYPE requests_total counter\nrequests_total{code="200"} ${served * 7}\nrequests_total{code="500"} ${served}\n`,
    };
  });
  const configFile = join(folder.dir, 'live.yml');
  await writeFile(
    configFile,
    `global: { scrape_interval: 200ms }\nscrape_configs: [{ job_name: api, static_configs: [{ targets: ['${new URL(target).host}'] }] }]\n`,
  );
  const part = await startPrometheus({ dir: join(folder.dir, 'live'), configFile, progress: silent });
  try {
    while (served < 12) await sleep(50);
    const at = Math.floor(Date.now() / 1000);
    const queries = ['sum by (code) (increase(requests_total[2s]))', 'max(up)', 'requests_total'];
    const answers = (of: string) =>
      withSource(of, async (source) => ({
        instants: await Promise.all(queries.map((query) => source.instant(query, at))),
        ranges: await Promise.all(
          queries.map((query) => source.range(query, { fromSeconds: at - 2, toSeconds: at, stepSeconds: 0.5 })),
        ),
      }));
    const live = await answers(part.url);
    const recorded = await withSource(part.url, async (source) => {
      assert.equal((await source.metadata()).get('requests_total')?.type, 'counter');
      return folder.write(await source.instant('{__name__=~"requests_total|up"}[1m]', at + 1));
    });
    assert.ok(live.instants[0]![0]!.samples.length > 0, 'there is something to compare');
    assert.deepEqual(await answers(recorded), live);
  } finally {
    await part.stop();
  }
});

test('a query that is no PromQL is refused by name', async () => {
  await withSource(file, async (source) => {
    await assert.rejects(source.instant('sum(requests_total', FROM), {
      code: 'source.refused-query',
      exitCode: 2,
      message: /refuses sum\(requests_total: /,
    });
  });
});

test('an answer with NaN fails by the name of its query, unless it may be left out', async () => {
  await withSource(file, async (source) => {
    const query = '0 * share / (share - 0.5)';
    await assert.rejects(source.instant(query, FROM + 60), (error: Error & { code: string; exitCode: number }) => {
      assert.equal(error.code, 'source.nan');
      assert.equal(error.exitCode, 4);
      assert.ok(error.message.includes(query));
      return true;
    });
    assert.deepEqual(await source.instant(query, FROM + 60, { nan: 'leave-out' }), []);
    assert.equal((await source.instant('share / 0', FROM + 60))[0]?.samples[0]?.[1], Number.POSITIVE_INFINITY);
  });
});

const open = (urlOrFile: string) => openSource(urlOrFile, { progress: silent, signal: new AbortController().signal });

test('what does not answer, is no Prometheus or holds nothing is refused with exit code 4', async () => {
  const gone = await listen(() => ({ status: 200, body: '' }));
  servers.pop()!.close();
  await assert.rejects(open(gone), { code: 'source.unreachable', exitCode: 4, message: /ECONNREFUSED/ });
  const other = await listen(() => ({ status: 404, body: '<html>not found</html>' }));
  await assert.rejects(open(other), { code: 'source.unreachable', exitCode: 4, message: /no JSON/ });
  const bare = await listen(() => ({ status: 200, body: '{"status":"success","data":[]}' }));
  await assert.rejects(open(bare), { code: 'source.empty', exitCode: 4 });
  await assert.rejects(open(await folder.write('# EOF\n')), { code: 'source.empty', exitCode: 4 });
  await assert.rejects(open(join(folder.dir, 'missing.om')), { code: 'source.no-file', exitCode: 2 });
});

const lines = (...all: string[]) => `${all.join('\n')}\n`;
const broken: { what: string; text: string; line: number; expect: RegExp }[] = [
  { what: 'a label without quotes', text: lines('up{job=api} 1 10', '# EOF'), line: 1, expect: /label="value"/ },
  { what: 'a sample without its time', text: lines('up 1 10', 'up 1', '# EOF'), line: 2, expect: /without its time/ },
  { what: 'milliseconds', text: lines('up 1 1767225600000', '# EOF'), line: 1, expect: /not in seconds/ },
  { what: 'a value that is no number', text: lines('up yes 10', '# EOF'), line: 1, expect: /no value after up/ },
  { what: 'a file that was cut off', text: lines('up 1 10', 'up 1 20'), line: 2, expect: /cut off/ },
  { what: 'a line after the end', text: lines('up 1 10', '# EOF', 'up 1 20'), line: 3, expect: /after # EOF/ },
  { what: 'an empty line', text: lines('up 1 10', '', '# EOF'), line: 2, expect: /empty line/ },
];
for (const { what, text, line, expect } of broken) {
  test(`a recorded file with ${what} is refused with its line`, async () => {
    const bad = await folder.write(text);
    await assert.rejects(open(bad), (error: Error & { code: string; exitCode: number }) => {
      assert.equal(error.code, 'source.malformed');
      assert.equal(error.exitCode, 2);
      assert.ok(error.message.startsWith(`${bad}:${line}: `), error.message);
      assert.match(error.message, expect);
      return true;
    });
  });
}

test('an abort ends the question', async () => {
  const abort = new AbortController();
  const source = await openSource(file, { progress: silent, signal: abort.signal });
  try {
    abort.abort(new Error('ended by hand'));
    await assert.rejects(source.instant('share', FROM), { message: 'ended by hand' });
  } finally {
    await source.stop();
  }
});
