// The read models that follow the events, all of them.
import { attendanceSheet } from './attendance-sheet/attendance-sheet.ts';
import { classCard } from './class-card/class-card.ts';
import { classRoster } from './class-roster/class-roster.ts';
import { memberCard } from './member-card/member-card.ts';
import { payment } from './payment/payment.ts';
import type { AnyProjection } from './projection.ts';

export const PROJECTIONS: readonly AnyProjection[] = [memberCard, classCard, classRoster, attendanceSheet, payment];
