// Rules, queries and routes whose every duration is divided by a factor: what takes an hour on call takes a minute in a drill. Pure.
import { parser } from '@prometheus-io/lezer-promql';
import type { alertmanagerConfig } from '../compile/alertmanager.ts';
import type { Rule, RuleFile } from '../compile/rule.ts';

/** How often Prometheus scrapes and evaluates at most: closer samples would measure the machine, not the rules. */
export const SHORTEST_STEP_MS = 1000;

const UNIT_MS: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

/** Prometheus's durations, `1h30m`, in milliseconds (prometheus.io/docs, "Time durations"). */
export function durationMs(text: string): number {
  return [...text.matchAll(/(\d+)(ms|[smhdwy])/g)].reduce(
    (sum, [, number, unit]) => sum + Number(number) * UNIT_MS[unit!]!,
    0,
  );
}

/** A duration as Prometheus and Alertmanager read it, and as a name of a series may end. */
const durationText = (ms: number) => (ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`);

/** `1h` by 60 is `60s`. Never 0: that would be no duration. */
export const scaleDuration = (text: string, scale: number): string =>
  durationText(Math.max(1, Math.round(durationMs(text) / scale)));

/** The same, but not below what Prometheus may be asked to do again and again. */
export const scaleStep = (text: string, scale: number): string =>
  durationText(Math.max(SHORTEST_STEP_MS, Math.round(durationMs(text) / scale)));

/** Ranges, offsets and subqueries of an expression, and the windows that names of recorded series end with. */
export function scaleQuery(expr: string, scale: number): string {
  let scaled = '';
  let copied = 0;
  const replace = (from: number, to: number, text: string) => {
    scaled += expr.slice(copied, from) + text;
    copied = to;
  };
  parser.parse(expr).iterate({
    enter({ name, from, to }) {
      const text = expr.slice(from, to);
      if (name === 'NumberDurationLiteralInDurationContext') replace(from, to, scaleDuration(text, scale));
      else if (name === 'Identifier') replace(from, to, scaleName(text, scale));
    },
  });
  return scaled + expr.slice(copied);
}

/** `slo:sli_error:ratio_rate1h` by 60 is `slo:sli_error:ratio_rate60s`: no series says a window that it has not. */
export const scaleName = (name: string, scale: number): string =>
  name.replace(/^(slo:.*[a-z])(\d+[smhd])$/, (_, base: string, window: string) => base + scaleDuration(window, scale));

/** Every rule of a file. Labels stay as they are: `tier="1h"` is the tier's name, and the routes know it by that. */
export function scaleRules({ groups }: RuleFile, scale: number): RuleFile {
  return {
    groups: groups.map(({ name, interval, rules }) => ({
      name,
      interval: scaleStep(interval, scale),
      rules: rules.map((rule) => scaleRule(rule, scale)),
    })),
  };
}

function scaleRule(rule: Rule, scale: number): Rule {
  return {
    ...rule,
    ...(rule.record !== undefined && { record: scaleName(rule.record, scale) }),
    expr: scaleQuery(rule.expr, scale),
    ...(rule.for !== undefined && { for: scaleDuration(rule.for, scale) }),
  };
}

type Routes = ReturnType<typeof alertmanagerConfig>;

/** Waits and repetitions of all routes. */
export function scaleRoutes(config: Routes, scale: number): object {
  const { route, ...rest } = config;
  return {
    ...rest,
    route: {
      ...route,
      group_interval: scaleDuration(route.group_interval, scale),
      routes: route.routes.map((one) =>
        'group_wait' in one
          ? {
              ...one,
              group_wait: scaleDuration(one.group_wait, scale),
              repeat_interval: scaleDuration(one.repeat_interval, scale),
            }
          : one,
      ),
    },
  };
}
