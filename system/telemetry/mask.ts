// Takes personal data out of whatever is about to be logged: by key, and by shape inside text.

const PERSONAL_KEYS = new Set(['phone', 'name', 'authorization', 'password', 'token']);
const BEARER = /\bBearer\s+[\w.~+/=-]+/gi;
/** Phone numbers: ten or more digits, with or without a country code, blanks and dashes. */
const PHONE = /(?<![\w-])\+?\d{2,4}[ -]?\d{3,4}[ -]?\d{4}(?![\w-])/g;
const DEEPEST = 6;

/** A copy of `value` without personal data. Errors become plain objects; what is nested deeper than 6 levels is cut. */
export function mask(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return maskText(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST) return '[deep]';
  if (value instanceof Error) {
    return {
      type: value.name,
      message: maskText(value.message),
      ...('code' in value && { code: mask(value.code, depth + 1) }),
      stack: maskText(value.stack ?? ''),
      ...(value.cause !== undefined && { cause: mask(value.cause, depth + 1) }),
    };
  }
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => mask(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      PERSONAL_KEYS.has(key.toLowerCase()) ? '***' : mask(item, depth + 1),
    ]),
  );
}

/** Text without bearer tokens and phone numbers. */
export function maskText(text: string): string {
  return text.replace(BEARER, 'Bearer ***').replace(PHONE, '***');
}

/** A phone number for people who may know that it exists but not what it is: `010-1234-5678` becomes `***-****-5678`. */
export function maskPhone(phone: string): string {
  const last = phone.replace(/\D/g, '').slice(-4);
  return last.length === 4 ? `***-****-${last}` : '***';
}
