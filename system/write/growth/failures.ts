// Every way in which a growth report can fail, with what to do about it.
import { EXIT } from '../../../cli/exit.ts';
import { Failure } from '../../../cli/failure.ts';

const usage = (code: string, message: string, hint: string) => new Failure(code, message, hint, EXIT.usage);

export const failures = {
  noDatabase: () =>
    usage(
      'growth.no-database',
      'no database is named',
      'set DATABASE_URL, or give --url postgres://user@host:port/database',
    ),
  badUrl: (url: string) =>
    usage(
      'growth.bad-url',
      `"${url}" is no URL of a PostgreSQL`,
      'for example --url postgres://ams@127.0.0.1:5432/ams',
    ),
  unreachable: (why: string) =>
    usage('growth.unreachable', `the database does not answer: ${why}`, 'start it or mend the address'),
  notAms: (why: string) =>
    usage(
      'growth.not-ams',
      `the database cannot be measured: ${why}`,
      'it must have the schema of AMS (node system/write/migrate.ts) and a user of the role pg_monitor',
    ),
  badFile: (file: string, why: string) =>
    usage(
      'growth.bad-file',
      `${file}: ${why}`,
      'name a file that this may read and write; it holds one snapshot a line',
    ),
  badWord: (word: string) => usage('usage', `"${word}" is no option of it`, 'npm run growth -- --help'),
};
