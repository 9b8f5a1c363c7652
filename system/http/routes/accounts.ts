// Accounts, sessions and verified phone numbers.
import { z } from 'zod';
import * as answers from '../answers.ts';
import { action } from '../route.ts';
import * as schemas from '../schemas.ts';

const SESSION_LENGTH = 22;

export const accountRoutes = [
  action({
    template: '/api/v1/accounts',
    useCase: 'createAccount',
    status: 201,
    body: schemas.createAccount,
    data: answers.account,
    refuses: ['account.exists'],
    run: ({ accounts }, { actor, body }) => accounts.create(actor, body),
  }),
  action({
    template: '/api/v1/sign-ins',
    useCase: 'signIn',
    open: true,
    limit: 'signIn',
    limited: ({ actor, body }) => `${actor.tenantId}/${body.signInName}`,
    body: schemas.signIn,
    data: answers.session,
    refuses: ['sign-in.refused'],
    run: async ({ accounts }, { actor, body }) => ({
      data: await accounts.signIn(actor.tenantId, body.signInName, body.password),
    }),
  }),
  action({
    template: '/api/v1/token-refreshes',
    useCase: 'refreshTokens',
    open: true,
    // As often as one may sign in, whatever tenant the caller names: a session has its own 22 characters, the secret comes behind them.
    limit: 'signIn',
    limited: ({ body }) => `session/${body.refreshToken.slice(0, SESSION_LENGTH)}`,
    body: schemas.refreshTokens,
    data: answers.session,
    refuses: ['session.ended'],
    run: async ({ accounts }, { body }) => ({ data: await accounts.refresh(body.refreshToken) }),
  }),
  action({
    method: 'DELETE',
    template: '/api/v1/sessions/current',
    useCase: 'signOut',
    status: 204,
    headers: z.strictObject({ 'x-ams-refresh-token': schemas.refreshToken }),
    data: answers.nothing,
    async run({ accounts }, { headers }) {
      await accounts.signOut(headers['x-ams-refresh-token']);
      return {};
    },
  }),
  action({
    template: '/api/v1/phone-verifications',
    useCase: 'requestPhoneVerification',
    status: 202,
    limit: 'verification',
    body: schemas.requestPhoneVerification,
    data: answers.verification,
    run: async ({ accounts }, { actor, body }) => ({
      data: await accounts.requestVerification(actor, body.phone),
    }),
  }),
  action({
    template: '/api/v1/phone-verifications/:id/confirmation',
    useCase: 'confirmPhoneVerification',
    params: schemas.byVerificationId,
    body: schemas.confirmPhoneVerification,
    data: answers.verified,
    refuses: ['verification.wrong', 'verification.unknown', 'account.unknown'],
    run: async ({ accounts }, { actor, params, body }) => ({
      data: await accounts.confirmVerification(actor, params.id, body.code),
    }),
  }),
];
