// Who may sign in: the table `account`. Passwords come and go as hashes only.
import pg from 'pg';
import { AmsError } from '../errors.ts';
import { toAmsError } from './pg-errors.ts';

export interface Account {
  tenantId: string;
  id: string;
  memberId: string | null;
  /** Unique in its tenant. */
  signInName: string;
  passwordHash: string;
  role: string;
  phone: string | null;
}

export type Accounts = ReturnType<typeof accounts>;

const UNIQUE_VIOLATION = '23505';
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** All reject with what `toAmsError` gives. */
export function accounts(pool: pg.Pool) {
  return {
    /** @throws AmsError account.exists when the id or the sign-in name is taken */
    async create({ tenantId, id, memberId, signInName, passwordHash, role, phone }: Account): Promise<void> {
      try {
        await pool.query({
          name: 'create-account',
          text: `insert into account (tenant_id, id, member_id, sign_in_name, password_hash, role, phone)
            values ($1, $2, $3, $4, $5, $6, $7)`,
          values: [tenantId, id, memberId, signInName, passwordHash, role, phone],
        });
      } catch (error) {
        if (error instanceof pg.DatabaseError && error.code === UNIQUE_VIOLATION) throw new AmsError('account.exists');
        throw toAmsError(error);
      }
    },

    async findBySignInName(tenantId: string, signInName: string): Promise<Account | null> {
      const { rows } = await asked(
        pool.query<Account>({
          name: 'find-account',
          text: `select tenant_id as "tenantId", id, member_id as "memberId", sign_in_name as "signInName",
              password_hash as "passwordHash", role, phone
            from account where tenant_id = $1 and sign_in_name = $2`,
          values: [tenantId, signInName],
        }),
      );
      return rows[0] ?? null;
    },

    /** @throws AmsError account.unknown */
    async markPhoneVerified(tenantId: string, id: string, at: Date): Promise<void> {
      // The subject of a token need not be an account.
      if (!UUID.test(id)) throw new AmsError('account.unknown');
      const { rowCount } = await asked(
        pool.query({
          name: 'mark-phone-verified',
          text: 'update account set phone_verified_at = $3 where tenant_id = $1 and id = $2',
          values: [tenantId, id, at],
        }),
      );
      if (rowCount === 0) throw new AmsError('account.unknown');
    },
  };
}

async function asked<T>(query: Promise<T>): Promise<T> {
  try {
    return await query;
  } catch (error) {
    throw toAmsError(error);
  }
}
