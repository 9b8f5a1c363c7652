// A real Prometheus and a real Alertmanager of our own, with the rules and routes of the objectives scaled down, on a history that
// fills the long windows. What they say of themselves (phases, alerts) is asked over their API.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { Progress } from '../../cli/progress.ts';
import { startAlertmanager } from '../../system/local/alertmanager.ts';
import type { Part } from '../../system/local/part.ts';
import { startPrometheus } from '../../system/local/prometheus.ts';
import { alertmanagerConfig } from '../compile/alertmanager.ts';
import { compileRules } from '../compile/rules.ts';
import type { Objective } from '../objectives/read.ts';
import { type Client, clientOf } from '../source/client.ts';
import { createBlocks } from '../source/recording.ts';
import { historySeconds, historyText, type Past, type Stretch } from './history.ts';
import type { Grid } from './predict.ts';
import { durationMs, SHORTEST_STEP_MS, scaleRoutes, scaleRules } from './scale.ts';
import { startWebhook, type Webhook } from './webhook.ts';

/** As the stack scrapes (dashboards/stack/prometheus.ts). */
const SCRAPE_INTERVAL = '5s';
/** So long the end of the history and the start of Prometheus may take. */
const LEAD_SECONDS = 6;

/** What is scraped. */
export interface Targets {
  /** `host:port` by job. */
  jobs: Record<string, string[]>;
  /** The black-box probe of the front door: its exporter, and what is asked from outside. */
  probe?: { exporter: string; module: string; url: string };
  /** Buckets that a job's series come without, as from a build with other bounds: `{api: '0.3'}`. */
  withoutBucket?: Record<string, string>;
}

export interface MonitoringOptions {
  objectives: Objective[];
  targets: Targets;
  /** Of the time before; undefined: a Prometheus that has just begun. */
  past?: Past[];
  scale: number;
  /** How often Prometheus says of an alert that it goes on; after four times that long without a word it has ended. */
  resend?: string;
  dir: string;
  /** Seconds since 1970. */
  now: () => number;
  progress: Progress;
  signal: AbortSignal;
}

export interface Monitoring {
  /** Asks Prometheus. */
  client: Client;
  versions: { prometheus: string; alertmanager: string };
  webhook: Webhook;
  /** When an instance (`host:port`, or FRONT_DOOR) is scraped. Waits for the first scrape. */
  scrapes(instance: string): Promise<Grid>;
  /** When the rules of a group are evaluated. Waits for the first evaluation. */
  evaluations(group: string): Promise<Grid>;
  /** Labels of the alerts that fire now. */
  firing(): Promise<Record<string, string>[]>;
  /** Scrapes something else from now on. */
  rescrape(targets: Targets): Promise<void>;
  stop(): Promise<void>;
}

/** Starts all three. On any failure nothing stays running. */
export async function startMonitoring(options: MonitoringOptions): Promise<Monitoring> {
  const { dir, objectives, scale, progress, signal, now } = options;
  await mkdir(dir, { recursive: true });
  // The logs stay beside the report, the data of both servers do not.
  const forget = (name: string) => rm(path.join(dir, name), { recursive: true, force: true });
  const stops: (() => Promise<unknown>)[] = [() => forget('prometheus'), () => forget('alertmanager')];
  const stop = async () => {
    for (const end of stops.splice(0)) await end();
  };
  try {
    const webhook = await startWebhook(now);
    stops.unshift(webhook.stop);
    const routes = scaleRoutes(alertmanagerConfig(objectives, webhook.url), scale);
    const common = { dir, progress, signal };
    const alertmanager = await startAlertmanager({
      ...common,
      configFile: await written(dir, 'alertmanager.yml', stringify(routes, { aliasDuplicateObjects: false })),
    });
    stops.unshift(alertmanager.stop);
    const historyEnds = options.past ? await backfill(options, options.past) : now();
    const rules = await written(
      dir,
      'rules.yaml',
      stringify(scaleRules(compileRules(objectives), scale), { lineWidth: 0, aliasDuplicateObjects: false }),
    );
    const configure = (targets: Targets, ruleFiles: string[]) =>
      written(dir, 'prometheus.yml', stringify(prometheusConfig(targets, scale, ruleFiles, alertmanager)));
    const prometheus = await startPrometheus({
      ...common,
      configFile: await configure(options.targets, []),
      flags: options.resend === undefined ? [] : [`--rules.alert.resend-delay=${options.resend}`],
    });
    stops.unshift(prometheus.stop);
    const client = clientOf('the drill', prometheus.url, signal);
    // An evaluation before the first scrape would find nothing where the history says that there was something: bad slices.
    for (const instance of instancesOf(options.targets)) await scrapesOf(client, instance, scale);
    await sleep(Math.max(0, historyEnds - now()) * 1000, undefined, { signal });
    await configure(options.targets, [rules]);
    prometheus.kill('SIGHUP');
    return {
      client,
      versions: { prometheus: prometheus.version, alertmanager: alertmanager.version },
      webhook,
      scrapes: (instance) => scrapesOf(client, instance, scale),
      evaluations: (group) => evaluationsOf(client, group),
      firing: async () =>
        alertsSchema
          .parse(await client.api('alerts'))
          .alerts.flatMap(({ labels, state }) => (state === 'firing' ? [labels] : [])),
      async rescrape(targets) {
        await configure(targets, [rules]);
        prometheus.kill('SIGHUP');
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function written(dir: string, name: string, text: string): Promise<string> {
  const file = path.join(dir, name);
  await writeFile(file, text);
  return file;
}

/** The label `instance` of the probe. */
export const FRONT_DOOR = 'front door';
/** A probe waits for a whole answer, and half a second less than its interval: a slow answer is no outage. */
const SHORTEST_PROBE_MS = 2 * SHORTEST_STEP_MS;

const scrapeMs = (scale: number, shortest = SHORTEST_STEP_MS) =>
  Math.max(shortest, durationMs(SCRAPE_INTERVAL) / scale);

const scrapeSeconds = (scale: number, instance: string) =>
  scrapeMs(scale, instance === FRONT_DOOR ? SHORTEST_PROBE_MS : SHORTEST_STEP_MS) / 1000;

const instancesOf = ({ jobs, probe }: Targets) => [...Object.values(jobs).flat(), ...(probe ? [FRONT_DOOR] : [])];

function prometheusConfig(
  { jobs, probe, withoutBucket = {} }: Targets,
  scale: number,
  ruleFiles: string[],
  { url }: Part,
) {
  const interval = `${scrapeMs(scale)}ms`;
  const probeInterval = `${scrapeMs(scale, SHORTEST_PROBE_MS)}ms`;
  return {
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: `${SHORTEST_STEP_MS}ms` },
    rule_files: ruleFiles,
    alerting: { alertmanagers: [{ static_configs: [{ targets: [new URL(url).host] }] }] },
    scrape_configs: [
      ...Object.entries(jobs).map(([job, addresses]) => ({
        job_name: job,
        static_configs: [{ targets: addresses }],
        ...(withoutBucket[job] !== undefined && {
          metric_relabel_configs: [{ source_labels: ['le'], regex: withoutBucket[job], action: 'drop' }],
        }),
      })),
      ...(probe
        ? [
            {
              job_name: 'probe',
              metrics_path: '/probe',
              scrape_interval: probeInterval,
              scrape_timeout: probeInterval,
              params: { module: [probe.module], target: [probe.url] },
              static_configs: [{ targets: [probe.exporter], labels: { instance: FRONT_DOOR } }],
            },
          ]
        : []),
    ],
  };
}

/**
 * Puts the history into the folder from which Prometheus will start: the long past, however long that takes to write, then its last
 * part, which reaches into the future until Prometheus can have begun. Gives its end, in seconds since 1970.
 */
async function backfill({ objectives, scale, dir, now, signal }: MonitoringOptions, past: Past[]): Promise<number> {
  const data = path.join(dir, 'prometheus');
  await mkdir(data, { recursive: true });
  const part = async (stretch: Stretch) => {
    const file = await written(dir, 'history.om', historyText(objectives, past, scale, stretch));
    await createBlocks(file, data, signal);
    await rm(file);
    return stretch.toSeconds;
  };
  const beginSeconds = now() - historySeconds(scale);
  const joint = await part({ beginSeconds, fromSeconds: beginSeconds, toSeconds: now() });
  return part({ beginSeconds, fromSeconds: joint, toSeconds: now() + LEAD_SECONDS });
}

const alertsSchema = z.object({
  alerts: z.array(z.object({ labels: z.record(z.string(), z.string()), state: z.string() })),
});
const groupsSchema = z.object({
  groups: z.array(z.object({ name: z.string(), interval: z.number(), lastEvaluation: z.string() })),
});
const targetsSchema = z.object({
  activeTargets: z.array(z.object({ labels: z.object({ instance: z.string() }), lastScrape: z.string() })),
});

const LOOK_EVERY_MS = 100;
/** What has not happened yet is reported as of the year 1. */
const hasHappened = (time: string) => !time.startsWith('0001-');

async function scrapesOf(client: Client, instance: string, scale: number): Promise<Grid> {
  for (;;) {
    const { activeTargets } = targetsSchema.parse(await client.api('targets'));
    const last = activeTargets.find(
      ({ labels, lastScrape }) => labels.instance === instance && hasHappened(lastScrape),
    );
    if (last) return { atSeconds: Date.parse(last.lastScrape) / 1000, everySeconds: scrapeSeconds(scale, instance) };
    await sleep(LOOK_EVERY_MS);
  }
}

async function evaluationsOf(client: Client, name: string): Promise<Grid> {
  for (;;) {
    const { groups } = groupsSchema.parse(await client.api('rules'));
    // None are there before the first reload.
    const found = groups.find((group) => group.name === name);
    if (found && hasHappened(found.lastEvaluation)) {
      return { atSeconds: Date.parse(found.lastEvaluation) / 1000, everySeconds: found.interval };
    }
    await sleep(LOOK_EVERY_MS);
  }
}
