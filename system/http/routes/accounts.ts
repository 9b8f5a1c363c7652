// Accounts, sessions and verified phone numbers.
import { z } from 'zod';
import * as answers from '../answers.ts';
import { action } from '../route.ts';
import * as schemas from '../schemas.ts';

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
    // A token of 256 random bits is not found by trying, and a used one ends its session.
    limit: null,
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
      data: await accounts.requestVerification(actor.tenantId, body.phone),
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
