// The outbound port that sends a verification code to a phone.
import { randomUUID } from 'node:crypto';
import { createProvider, type Patience, PHONE_VERIFICATION, type ProviderParts } from './provider.ts';

export interface PhoneVerification {
  /** Rejects when the provider did not take the code after all tries, or at once while its breaker is open. */
  send(phone: string, code: string): Promise<void>;
}

/** @param url where the provider takes `POST {phone, code}`; without one every sending fails */
export function phoneVerification(
  url: string | undefined,
  parts: ProviderParts,
  patience: Patience = PHONE_VERIFICATION,
): PhoneVerification {
  if (!url) return { send: () => Promise.reject(new Error('PHONE_VERIFICATION_URL is not set')) };
  const provider = createProvider('phone_verification', url, patience, parts);
  return { send: (phone, code) => provider.send({ id: randomUUID(), body: { phone, code } }) };
}
