import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { type ContainerFiles, checkContainers } from './check-containers.ts';
import { generatedFiles } from './generated.ts';

const root = path.join(import.meta.dirname, '../..');
const read = (file: string) => readFile(path.join(root, file), 'utf8');
const exists = (file: string) => existsSync(path.join(root, file));
const files: ContainerFiles = {
  compose: await read('docker-compose.yml'),
  dockerfile: await read('system/deploy/Dockerfile'),
  prometheus: await read('dashboards/stack/prometheus.yml'),
  datasource: await read('dashboards/stack/grafana/provisioning/datasources/prometheus.yml'),
  config: await read('system/config.ts'),
};

test('the files of the containers of this repository agree with each other', () => {
  const { count, problems } = checkContainers(files, exists);
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

const broken: { what: string; in: keyof ContainerFiles; from: RegExp; to: string; says: RegExp }[] = [
  { what: 'a variable that is missing', in: 'compose', from: /^ {4}REDIS_URL: .*\n/m, to: '', says: /set REDIS_URL/ },
  { what: 'a command that is gone', in: 'compose', from: /system\/worker\.ts/, to: 'system/work.ts', says: /work\.ts/ },
  { what: 'a base image without version', in: 'dockerfile', from: /^FROM \S+/m, to: 'FROM node', says: /not pinned/ },
  { what: 'a container that runs as root', in: 'dockerfile', from: /^USER .*\n/m, to: '', says: /root/ },
  { what: 'a copy of nothing', in: 'dockerfile', from: /^COPY system /m, to: 'COPY syst ', says: /copies syst/ },
  { what: 'a scrape of a stranger', in: 'prometheus', from: /worker-jobs:8080/, to: 'works:8080', says: /names works/ },
  { what: 'rules that are not mounted', in: 'prometheus', from: /ams\.rules/, to: 'b.rules', says: /not mounted/ },
  {
    what: 'a stranger as data source',
    in: 'datasource',
    from: /prometheus:9090/,
    to: 'mimir:9090',
    says: /names mimir/,
  },
];
for (const { what, in: file, from, to, says } of broken) {
  test(`${what} is found`, () => {
    assert.match(files[file], from, 'the test breaks something that is there');
    const { problems } = checkContainers({ ...files, [file]: files[file].replace(from, to) }, exists);
    assert.match(problems.join('\n'), says);
  });
}
