// Takes personal data out of whatever is about to be logged: by key, and by shape inside text.

/** Keys in lower case, without dashes and underscores. */
const PERSONAL_KEYS = new Set(
  (
    'phone phonenumber name signinname email address cardnumber card password passwordhash secret ' +
    'authorization cookie setcookie token accesstoken refreshtoken apikey xapikey'
  ).split(' '),
);
const BEARER = /\bBearer\s+[\w.~+/=-]+/gi;
/** JSON Web Tokens: their header begins with `{"`, which is `eyJ` in base64url. */
const JWT = /(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*/g;
const EMAIL = /(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/g;
/** Phone numbers: ten or more digits, with or without a country code, blanks and dashes. */
const PHONE = /(?<![\w-])\+?\d{2,4}[ -]?\d{3,4}[ -]?\d{4}(?![\w-])/g;
/** Card numbers: 13 to 19 digits, blanks and dashes between them; the check digit tells them from other long numbers. */
const CARD = /(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])/g;
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
      PERSONAL_KEYS.has(key.toLowerCase().replace(/[-_]/g, '')) ? '***' : mask(item, depth + 1),
    ]),
  );
}

/** Text without tokens, e-mail addresses, card numbers and phone numbers. */
export function maskText(text: string): string {
  return text
    .replace(BEARER, 'Bearer ***')
    .replace(JWT, '***')
    .replace(EMAIL, '***')
    .replace(CARD, (digits) => (hasCheckDigit(digits) ? '***' : digits))
    .replace(PHONE, '***');
}

/** Luhn's formula, ISO/IEC 7812-1 annex B: every second digit from the right doubled, the sum of all digits a multiple of 10. */
function hasCheckDigit(text: string): boolean {
  const digits = text.replace(/\D/g, '');
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = Number(digits[digits.length - 1 - place]) * (place % 2 === 1 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0;
}

/** A phone number for people who may know that it exists but not what it is: `010-1234-5678` becomes `***-****-5678`. */
export function maskPhone(phone: string): string {
  const last = phone.replace(/\D/g, '').slice(-4);
  return last.length === 4 ? `***-****-${last}` : '***';
}
