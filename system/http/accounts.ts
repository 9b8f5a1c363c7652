// Accounts and what they are for: a password becomes a session, a session gives short-lived access tokens; a code sent by SMS
// proves a phone number. In: checked requests. Out: what the routes answer.
import type { KeyObject } from 'node:crypto';
import type { Codes } from '../cache/codes.ts';
import type { Renewed, Sessions } from '../cache/sessions.ts';
import type { Clock } from '../clock.ts';
import { AmsError } from '../errors.ts';
import type { PhoneVerification } from '../notify/phone-verification.ts';
import { maskPhone } from '../telemetry/mask.ts';
import type { Accounts } from '../write/accounts.ts';
import { type Actor, EVERY_TENANT, type Role, signToken } from './auth.ts';
import type { Passwords } from './passwords.ts';

export interface AccountParts {
  accounts: Accounts;
  sessions: Sessions<Actor>;
  codes: Codes;
  passwords: Passwords;
  phoneVerification: PhoneVerification;
  /** Hears of a code that could not be sent: its answer was given by then. */
  onUnsent: (error: unknown) => void;
  key: KeyObject;
  clock: Clock;
  accessTokenSeconds: number;
}

export interface NewAccount {
  id: string;
  memberId?: string | undefined;
  signInName: string;
  password: string;
  role: Role;
  phone?: string | undefined;
}

/** The tenant that keeps the caller's account: that of a super admin is of none, whichever one a request is about. */
const homeOf = ({ role, tenantId }: Actor): string => (role === 'super_admin' ? EVERY_TENANT : tenantId);

/** Codes on their way at once; a provider that hangs must not collect them without end. */
const MOST_UNSENT = 100;

export type AccountDesk = ReturnType<typeof accountDesk>;

export function accountDesk(parts: AccountParts) {
  const { accounts, sessions, codes, passwords, phoneVerification, key, clock } = parts;
  let unsent = 0;

  async function tokens(actor: Actor, { refreshToken, expiresAt }: Renewed) {
    const now = clock.now();
    return {
      accessToken: await signToken(actor, key, now, parts.accessTokenSeconds),
      expiresAt: new Date(now.getTime() + 1000 * parts.accessTokenSeconds).toISOString(),
      refreshToken,
      refreshExpiresAt: expiresAt.toISOString(),
      role: actor.role,
    };
  }

  return {
    /**
     * The same account again is no error: a caller who missed the answer may repeat the request.
     * @throws AmsError role.forbidden, account.exists
     */
    async create(actor: Actor, asked: NewAccount) {
      if (asked.role === 'super_admin' && actor.role !== 'super_admin') throw new AmsError('role.forbidden');
      const { id, memberId = null, signInName, password, role, phone = null } = asked;
      const tenantId = homeOf({ ...actor, role });
      const account = { tenantId, id, memberId, signInName, role, phone };
      const data = { id, memberId, signInName, role, phone: phone && maskPhone(phone) };
      try {
        await accounts.create({ ...account, passwordHash: await passwords.hash(password) });
        return { data };
      } catch (error) {
        if (!(error instanceof AmsError && error.code === 'account.exists')) throw error;
        const known = await accounts.findBySignInName(tenantId, signInName);
        const isSame = known?.id === id && known.memberId === memberId && known.role === role && known.phone === phone;
        if (!isSame || !(await passwords.verify(password, known.passwordHash))) throw error;
        return { data, replayed: true };
      }
    },

    /** @throws AmsError sign-in.refused, for an unknown name and a wrong password alike */
    async signIn(tenantId: string, signInName: string, password: string) {
      const account = await accounts.findBySignInName(tenantId, signInName);
      const isRight = await passwords.verify(password, account?.passwordHash);
      if (!account || !isRight) throw new AmsError('sign-in.refused');
      const { id, role, memberId } = account;
      const actor: Actor = { id, tenantId, role: role as Role, ...(memberId && { memberId }) };
      return tokens(actor, await sessions.begin(actor));
    },

    /** @throws AmsError session.ended */
    async refresh(refreshToken: string) {
      const renewed = await sessions.rotate(refreshToken);
      if (!renewed) throw new AmsError('session.ended');
      return tokens(renewed.actor, renewed);
    },

    signOut: (refreshToken: string) => sessions.end(refreshToken),

    /** Does not wait for the provider. Throws AmsError part.unavailable while too many codes are on their way. */
    async requestVerification(actor: Actor, phone: string) {
      if (unsent >= MOST_UNSENT) throw new AmsError('part.unavailable', 'phone verification');
      unsent++;
      const issued = await codes.issue(homeOf(actor), phone).catch((error: unknown) => {
        unsent--;
        throw error;
      });
      phoneVerification
        .send(phone, issued.code)
        .catch(parts.onUnsent)
        .finally(() => unsent--);
      return { id: issued.id };
    },

    /** @throws AmsError verification.wrong, verification.unknown, account.unknown */
    async confirmVerification(actor: Actor, id: string, code: string) {
      const checked = await codes.check(id, code);
      if (!checked.ok) {
        if (checked.triesLeft === 0) throw new AmsError('verification.unknown');
        throw new AmsError('verification.wrong', `${checked.triesLeft} tries left`);
      }
      if (checked.tenantId !== homeOf(actor)) throw new AmsError('verification.unknown');
      const at = clock.now();
      await accounts.markPhoneVerified(homeOf(actor), actor.id, at);
      return { phone: maskPhone(checked.phone), verifiedAt: at.toISOString() };
    },
  };
}
