import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { type ContainerFiles, checkContainers, type Tree } from './check-containers.ts';
import { generatedFiles } from './generated.ts';

const root = path.join(import.meta.dirname, '../..');
const read = (file: string) => readFile(path.join(root, file), 'utf8');
const tree: Tree = {
  exists: (file) => existsSync(path.join(root, file)),
  list: (folder) => readdirSync(path.join(root, folder)),
};
const datasources = 'dashboards/stack/grafana/provisioning/datasources';
const files: ContainerFiles = {
  compose: await read('docker-compose.yml'),
  dockerfile: await read('system/deploy/Dockerfile'),
  prometheus: await read('dashboards/stack/prometheus.yml'),
  datasources: await Promise.all(tree.list(datasources).map((file) => read(`${datasources}/${file}`))),
  blackbox: await read('dashboards/stack/blackbox.yml'),
  alertmanager: await read('slo/rules/ams.alertmanager.yml'),
  config: await read('system/config.ts'),
};

test('the files of the containers of this repository agree with each other', () => {
  const { count, problems } = checkContainers(files, tree);
  assert.deepEqual(problems, []);
  assert.ok(count >= 20);
});

test('the files that compose mounts are what they are generated from', async () => {
  for (const [file, text] of Object.entries(generatedFiles())) assert.equal(await read(file), text, file);
});

test('Prometheus keeps its data for longer than the longest month, over which the budget is worked out', () => {
  const days = /--storage\.tsdb\.retention\.time=(\d+)d/.exec(files.compose)?.[1];
  assert.ok(Number(days) > 31);
});

type Text = Exclude<keyof ContainerFiles, 'datasources'>;
const broken: { what: string; in: Text | 'datasources'; from: RegExp; to: string; says: RegExp }[] = [
  { what: 'a variable that is missing', in: 'compose', from: /^ {4}REDIS_URL: .*\n/m, to: '', says: /set REDIS_URL/ },
  { what: 'a command that is gone', in: 'compose', from: /system\/worker\.ts/, to: 'system/work.ts', says: /work\.ts/ },
  { what: 'a base image without version', in: 'dockerfile', from: /^FROM \S+/m, to: 'FROM node', says: /not pinned/ },
  { what: 'a container that runs as root', in: 'dockerfile', from: /^USER .*\n/m, to: '', says: /root/ },
  { what: 'a copy of nothing', in: 'dockerfile', from: /^COPY system /m, to: 'COPY syst ', says: /copies syst/ },
  { what: 'a scrape of a stranger', in: 'prometheus', from: /worker-jobs:8080/, to: 'works:8080', says: /names works/ },
  {
    what: 'alerts to a stranger',
    in: 'prometheus',
    from: /alertmanager:9093/,
    to: 'alerts:9093',
    says: /names alerts/,
  },
  { what: 'rules that are not mounted', in: 'prometheus', from: /rules\/\*/, to: 'b/*', says: /of which nothing is/ },
  { what: 'rules that are not there', in: 'prometheus', from: /\*\.rules/, to: '*.sluer', says: /of which nothing is/ },
  { what: 'pages that nobody hears', in: 'compose', from: /^ *network_mode: .*\n/m, to: '', says: /nobody hears/ },
  {
    what: 'pages to a stranger',
    in: 'alertmanager',
    from: /127\.0\.0\.1:/,
    to: 'phone:',
    says: /hears receiver 1 at phone/,
  },
  {
    what: 'a stranger as data source',
    in: 'datasources',
    from: /prometheus:9090/,
    to: 'mimir:9090',
    says: /names mimir/,
  },
  { what: 'exemplars by another label', in: 'datasources', from: /trace_id/, to: 'traceID', says: /not traceID/ },
  {
    what: 'exemplars to nowhere',
    in: 'datasources',
    from: /datasourceUid: tempo/,
    to: 'datasourceUid: x',
    says: /lead to x/,
  },
];
for (const { what, in: file, from, to, says } of broken) {
  test(`${what} is found`, () => {
    const texts = [files[file]].flat();
    assert.ok(
      texts.some((text) => from.test(text)),
      'the test breaks something that is there',
    );
    const changed = texts.map((text) => text.replace(from, to));
    const value = file === 'datasources' ? changed : changed[0];
    assert.match(checkContainers({ ...files, [file]: value }, tree).problems.join('\n'), says);
  });
}
