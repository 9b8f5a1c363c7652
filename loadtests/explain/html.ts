// The explanation of a load as one self-contained page with its drawings.
import { escapeHtml, htmlPage, htmlSection, htmlTable } from '../../cli/html.ts';
import { mixPlot, peoplePlot, ROLE_COLOURS, ratePlot } from './plots.ts';
import {
  type Explanation,
  JOURNEY_HEADER,
  journeyRows,
  PHASE_HEADER,
  phaseRows,
  ROLE_HEADER,
  roleRows,
  STEP_HEADER,
  stepRows,
  WORK_HEADER,
  workRows,
} from './text.ts';

export function explanationHtml(of: Explanation): string {
  const roles = of.roles.map(({ role }) => role);
  const legend = roles.map((role, n) => `<span style="color:${ROLE_COLOURS[n]}">${escapeHtml(role)}</span>`).join(' ');
  const sections = [
    htmlSection(
      'Rate over time',
      `<figure>${ratePlot(of)}</figure><p class="soft">Line: what the scenario asks for. Area: what this seed drew, in ${(of.slices[0]!.toMs - of.slices[0]!.fromMs) / 1000} s slices. Dashed: the warm-up ends, which no figure counts.</p>`,
    ),
    htmlSection(
      'Phases',
      htmlTable(PHASE_HEADER, phaseRows(of), ([, kind]) => (kind === 'warm-up' ? 'soft' : undefined)),
    ),
    htmlSection(
      'Who asks',
      `<figure>${mixPlot(of)}</figure><p class="legend">${legend}</p>${htmlTable(ROLE_HEADER, roleRows(of))}`,
    ),
    of.journeys.length > 0 &&
      htmlSection(
        'Journeys',
        `<figure>${peoplePlot(of)}</figure><p class="soft">People in the middle of a journey: between its first and its last request.</p>${htmlTable(JOURNEY_HEADER, journeyRows(of))}`,
      ),
    htmlSection(
      'Samples',
      `${htmlTable(STEP_HEADER, stepRows(of))}<p class="soft">A percentile is carried when enough samples lie beyond it; a report shows no higher one.</p>`,
    ),
    of.work.length > 0 && htmlSection('Expected work', htmlTable(WORK_HEADER, workRows(of))),
  ];
  return htmlPage({
    title: `Load of ${of.scenario}`,
    subtitle: `${of.about} ${of.arrivals} requests in ${of.durationMs / 1000} s, at most ${+of.ratePerSecond.toFixed(1)}/s, ${of.arrivalsAre} arrivals, seed ${of.seed}. Nothing was sent.`,
    style: 'th, td { white-space: nowrap; }',
    main: sections.filter(Boolean).join('\n'),
  });
}
