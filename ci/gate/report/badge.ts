// A badge for a README: the verdict of the last gate as a small SVG. Pure.
import { escapeHtml } from '../../../cli/html.ts';
import type { GateResult } from '../result.ts';

const COLOURS: Partial<Record<GateResult['verdict'], string>> = {
  PASS: '#1a7f45',
  REGRESSION: '#b3261e',
  EXPIRED: '#b3261e',
  'OBJECTIVE MISSED': '#b3261e',
  INCONCLUSIVE: '#8a6100',
};
const OTHER = '#57606a';
const LABEL = 'performance';
const HEIGHT = 20;
const PADDING = 7;
/** Mean width of a letter of an 11 px sans-serif; `textLength` makes the drawn text exactly as wide as is reckoned here. */
const LETTER = 6.4;

export function badgeReport(result: GateResult): string {
  const text = result.verdict.toLowerCase();
  const [left, right] = [LABEL, text].map((word) => Math.round(word.length * LETTER + 2 * PADDING)) as [number, number];
  const word = (value: string, from: number, width: number) =>
    `<text x="${from + PADDING}" y="14" textLength="${width - 2 * PADDING}" lengthAdjust="spacingAndGlyphs">${escapeHtml(value)}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="${HEIGHT}" role="img" aria-label="${LABEL}: ${escapeHtml(text)}">
<title>${LABEL}: ${escapeHtml(text)}</title>
<clipPath id="round"><rect width="${left + right}" height="${HEIGHT}" rx="3"/></clipPath>
<g clip-path="url(#round)"><rect width="${left}" height="${HEIGHT}" fill="#3b4450"/><rect x="${left}" width="${right}" height="${HEIGHT}" fill="${COLOURS[result.verdict] ?? OTHER}"/></g>
<g fill="#fff" font-family="Verdana, DejaVu Sans, sans-serif" font-size="11">${word(LABEL, 0, left)}${word(text, left, right)}</g>
</svg>
`;
}
