// A fault: `share:length[:shape]` in, the share of bad events or slices at a moment out. Pure.
import { usage } from '../../cli/command.ts';
import { minutesIn } from '../lint/spec.ts';

/** At once and to the end; evenly more until the end; five minutes on, five off. */
export type Shape = 'step' | 'ramp' | 'flapping';
const SHAPES: readonly Shape[] = ['step', 'ramp', 'flapping'];

/** Half a turn of flapping: on, then off. Shorter than any short window but the fastest. */
const FLAP_SECONDS = 300;

export interface Fault {
  /** Share of events that it makes bad while it is at its worst, 0 to 1. */
  share: number;
  seconds: number;
  shape: Shape;
}

/** Reads `0.2:4h` or `1:30m:flapping`. Throws a usage Failure. */
export function readFault(text: string): Fault {
  const [shareText = '', lengthText, shape = 'step', ...rest] = text.split(':');
  const share = Number(shareText);
  const minutes = minutesIn(lengthText);
  if (!(share > 0 && share <= 1) || !minutes || !SHAPES.includes(shape as Shape) || rest.length > 0) {
    throw usage(
      `--fault ${text} is no share:length[:shape]`,
      `--fault 0.2:4h or --fault 1:1h:flapping; shapes: ${SHAPES.join(', ')}`,
    );
  }
  return { share, seconds: minutes * 60, shape: shape as Shape };
}

/** The share of bad at a moment, in seconds since the fault began; 0 outside of it. */
export function shareAt({ share, seconds, shape }: Fault, atSeconds: number): number {
  if (atSeconds < 0 || atSeconds >= seconds) return 0;
  if (shape === 'ramp') return (share * atSeconds) / seconds;
  if (shape === 'flapping') return Math.floor(atSeconds / FLAP_SECONDS) % 2 === 0 ? share : 0;
  return share;
}

/** `20 % bad for 4 h, step`. */
export function faultText({ share, seconds, shape }: Fault): string {
  const length = seconds % 3600 === 0 ? `${seconds / 3600} h` : `${seconds / 60} min`;
  return `${Number((share * 100).toPrecision(4))} % bad for ${length}${shape === 'step' ? '' : `, ${shape}`}`;
}
