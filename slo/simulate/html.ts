// The table as one self-contained page for light and dark: promises, makers, two drawings, every row. No script, nothing loaded.
import { escapeHtml, htmlPage, htmlSection, htmlTable } from '../../cli/html.ts';
import { pagePlot, quietPlot } from './plots.ts';
import { LIMITS } from './promises.ts';
import type { SavedTable } from './saved.ts';
import { type Cells, faultCells, makerCells, promiseCells, quietCells } from './text.ts';

const STYLE = `
:root { --ours: var(--blue); --sloth: var(--orange); --pyrra: var(--pass); }
`;

const HELP = {
  makers: `The alerts that three compilers make of the same objectives. Sloth: its catalogue for 30 days (14.4, 6, 3, 1), no guard. Pyrra:
factors 14, 7, 2, 1, windows scaled to 30 days, its own "for", no guard. "Pages from" is the smallest steady share of bad that ever pages.`,
  page: 'Everything bad from one moment on, at random traffic. A guard makes the page later where requests are few, and spares the false ones below.',
  quiet:
    'Nothing is wrong: the objective is met, with the burn that the heading names. Dashed: what was promised at 0.003 requests a second.',
  faults:
    'Times are medians, in brackets the 95th percentile. "Noticed": a page or a ticket while the fault lasted. "By formula": many events, no waits for scrape and evaluation.',
};

export function htmlReport({ about, promises, ...table }: SavedTable, everything: string): string {
  const faults = table.faults.filter(({ fault, ratePerSecond }) => fault === everything && ratePerSecond !== null);
  const worstBurn = Math.max(...table.quiet.map(({ burn }) => burn));
  const quiet = table.quiet.filter(
    ({ burn, arrivals, ratePerSecond }) =>
      burn === worstBurn && arrivals === table.quiet[0]?.arrivals && ratePerSecond !== null,
  );
  const sections = [
    section('Promises', tableOf(promiseCells(promises))),
    section('The rules against those of Sloth and Pyrra', tableOf(makerCells(table, everything)), HELP.makers),
    faults.length > 0 &&
      section('Minutes to the page, everything bad', `<figure>${pagePlot(faults)}</figure>${LEGEND}`, HELP.page),
    quiet.length > 0 &&
      section(
        `False pages a month at burn ${worstBurn}`,
        `<figure>${quietPlot(quiet, LIMITS.falsePagesAMonth)}</figure>${LEGEND}`,
        HELP.quiet,
      ),
    section('Every fault, our rules', tableOf(faultCells(table)), HELP.faults),
    section('Every quiet month', tableOf(quietCells(table)), 'False pages a month.'),
  ];
  return htmlPage({
    title: 'Burn alerts, simulated',
    subtitle: `${about.date}, commit ${about.commit}, seed ${about.seed}: up to ${about.months} months and ${about.trials} faults a row, months of ${about.monthDays} days, scraped every ${about.scrapeSeconds} s. ${about.machine}`,
    style: STYLE,
    main: sections.filter(Boolean).join('\n'),
  });
}

const LEGEND = `<p class="legend"><span style="color:var(--ours)">ours</span><span style="color:var(--sloth)">Sloth</span><span style="color:var(--pyrra)">Pyrra</span></p>`;

const section = (title: string, content: string, help = '') =>
  htmlSection(title, `${content}${help && `<p class="soft">${escapeHtml(help)}</p>`}`);

const tableOf = ({ header, rows }: Cells) =>
  htmlTable(header, rows, (row) => (row.at(-1) === 'DOES NOT HOLD' ? 'bad' : undefined));
