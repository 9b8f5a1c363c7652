// The ways in which people are told, in the order in which they are tried, and what each provider's request looks like.
import type { Config } from '../config.ts';

export const CHANNELS = ['kakao', 'sms', 'push'] as const;
export type ChannelName = (typeof CHANNELS)[number];

/** Where each provider takes its requests; a channel without one is not there. */
export type ProviderUrls = Partial<Record<ChannelName, string | undefined>>;

export function providerUrls(
  config: Pick<Config, 'NOTIFY_KAKAO_URL' | 'NOTIFY_SMS_URL' | 'NOTIFY_PUSH_URL'>,
): ProviderUrls {
  return { kakao: config.NOTIFY_KAKAO_URL, sms: config.NOTIFY_SMS_URL, push: config.NOTIFY_PUSH_URL };
}

export interface Recipient {
  memberId: string;
  phone: string | null;
}

export interface Notice {
  /** Name of the text: providers of Kakao messages ask for one that they know. */
  template: string;
  text: string;
}

/** The body of a request, or null when this person cannot be reached on this channel. */
export function requestOf(
  channel: ChannelName,
  { memberId, phone }: Recipient,
  { template, text }: Notice,
): object | null {
  if (channel === 'push') return { memberId, title: 'AMS', text };
  if (phone === null) return null;
  return channel === 'kakao' ? { phone, template, text } : { phone, text };
}

/** The channel after this one, among those that there are. */
export function nextChannel(channel: ChannelName, urls: ProviderUrls): ChannelName | undefined {
  return CHANNELS.slice(CHANNELS.indexOf(channel) + 1).find((name) => urls[name] !== undefined);
}
