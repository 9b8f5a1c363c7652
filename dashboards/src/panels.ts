// What a panel of ours is, and how it becomes a Grafana panel: legends on, units and descriptions required, ids fixed.
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import {
  LegendDisplayMode,
  LegendPlacement,
  SortOrder,
  TooltipDisplayMode,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type GridPos,
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as Text } from '@grafana/grafana-foundation-sdk/text';
import { PanelBuilder as Timeseries } from '@grafana/grafana-foundation-sdk/timeseries';

export interface Query {
  expr: string;
  /** `{{label}}` stands for a label's value. */
  legend: string;
  /** Shows the sampled traces of a histogram as points. */
  exemplars?: true;
}

interface Common {
  /** Never changes and is never used again: links and alerts name panels by it. */
  id: number;
  title: string;
  /** What is shown and when to worry. */
  description: string;
  /** Width in 24ths of the page. */
  width: number;
}

export type PanelSpec = Common &
  (
    | { kind: 'timeseries'; unit: string; queries: Query[]; max?: number; thresholds?: Threshold[] }
    | { kind: 'stat'; unit: string; queries: Query[]; thresholds: Threshold[] }
    | { kind: 'table'; queries: Query[]; hide: string[] }
    | { kind: 'text'; markdown: string }
  );

/** A colour from this value on; the first has no value and is the base. */
export type Threshold = { from: number | null; color: 'green' | 'yellow' | 'red' };

export interface RowSpec {
  id: number;
  title: string;
  height: number;
  panels: PanelSpec[];
}

/** The page's data source variable, so that one page serves every Prometheus. */
export const DATASOURCE = { type: 'prometheus', uid: `\${datasource}` };

/** The SDK's builder of one panel, at its place. */
export function toPanel(spec: PanelSpec, gridPos: GridPos): Builder<Panel> {
  switch (spec.kind) {
    case 'timeseries': {
      const panel = place(new Timeseries(), spec, gridPos)
        .datasource(DATASOURCE)
        .unit(spec.unit)
        .min(0)
        .lineWidth(1)
        .fillOpacity(5)
        .legend(
          new common.VizLegendOptionsBuilder()
            .showLegend(true)
            .displayMode(LegendDisplayMode.List)
            .placement(LegendPlacement.Bottom),
        )
        .tooltip(new common.VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
        .targets(spec.queries.map((query, index) => target(query, index)));
      if (spec.max !== undefined) panel.max(spec.max);
      if (spec.thresholds) {
        panel
          .thresholds(thresholds(spec.thresholds))
          .thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Line));
      }
      return panel;
    }
    case 'stat':
      return place(new Stat(), spec, gridPos)
        .datasource(DATASOURCE)
        .unit(spec.unit)
        .decimals(2)
        .noValue('no traffic yet')
        .thresholds(thresholds(spec.thresholds))
        .targets(spec.queries.map((query, index) => target(query, index).instant()));
    case 'table':
      return place(new Table(), spec, gridPos)
        .datasource(DATASOURCE)
        .noValue('none')
        .targets(spec.queries.map((query, index) => target(query, index).instant().format(PromQueryFormat.Table)))
        .withTransformation({
          id: 'organize',
          options: {
            excludeByName: Object.fromEntries(['Time', 'Value', '__name__', ...spec.hide].map((name) => [name, true])),
          },
        });
    case 'text':
      return place(new Text(), spec, gridPos).content(spec.markdown);
  }
}

interface Placed<T> {
  id(id: number): T;
  title(title: string): T;
  description(text: string): T;
  gridPos(at: GridPos): T;
}

function place<T extends Placed<T>>(panel: T, { id, title, description }: Common, gridPos: GridPos): T {
  return panel.id(id).title(title).description(description).gridPos(gridPos);
}

function target({ expr, legend, exemplars }: Query, index: number): DataqueryBuilder & Builder<Dataquery> {
  const query = new DataqueryBuilder()
    .datasource(DATASOURCE)
    .refId(String.fromCharCode(65 + index))
    .expr(expr)
    .legendFormat(legend);
  return exemplars ? query.exemplar(true) : query;
}

const thresholds = (steps: Threshold[]) =>
  new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps(steps.map(({ from, color }) => ({ value: from, color })));
