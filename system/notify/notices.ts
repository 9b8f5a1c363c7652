// What an event has to say, to whom, and in which words. Pure: an event and the cards of the people in it in, a notice out.
import type { OutboxEvent } from '../relay/event.ts';
import type { Notice } from './channels.ts';

/** The student that an event is about, when somebody has to be told of it. */
export function studentOf({ type, data }: OutboxEvent): string | undefined {
  if (type !== 'AttendanceConfirmed' && type !== 'PaymentRecorded') return undefined;
  return typeof data.studentId === 'string' ? data.studentId : undefined;
}

/** @param studentName as it stands in the read model */
export function noticeOf({ type, data }: OutboxEvent, studentName: string): Notice {
  if (type === 'AttendanceConfirmed') {
    return { template: 'attendance-confirmed', text: `${studentName}: ${data.mark} on ${data.date}` };
  }
  const { amountWon, forMonth, receiptNumber } = data;
  return {
    template: 'payment-recorded',
    text: `${studentName}: ${Number(amountWon).toLocaleString('en')} won for ${forMonth} received, receipt ${receiptNumber}`,
  };
}
