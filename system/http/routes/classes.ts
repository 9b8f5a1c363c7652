// Classes and who is enrolled in them.
import { AmsError } from '../../errors.ts';
import { readAtLeast } from '../../read/read-your-writes.ts';
import * as answers from '../answers.ts';
import { command, query } from '../route.ts';
import * as schemas from '../schemas.ts';
import { pageOf } from './page.ts';

export const classRoutes = [
  command({
    template: '/api/v1/classes',
    useCase: 'createClass',
    body: schemas.createClass,
    data: answers.classes,
    refuses: ['class.exists', 'class.schedule'],
    run: ({ commands }, { context, body }) => commands.createClass(context, body),
  }),
  command({
    method: 'PATCH',
    template: '/api/v1/classes/:id',
    useCase: 'updateClass',
    status: 200,
    params: schemas.byId,
    body: schemas.updateClass,
    data: answers.classes,
    refuses: ['class.unknown', 'class.schedule'],
    run: ({ commands }, { context, params, body }) => commands.updateClass(context, { ...params, ...body }),
  }),
  query({
    template: '/api/v1/classes',
    useCase: 'listClasses',
    query: schemas.classPage,
    data: answers.classList,
    meta: answers.pageMeta,
    run: ({ classCards }, { actor, query }) => pageOf(classCards, { tenantId: actor.tenantId, ...query }),
  }),
  query({
    template: '/api/v1/classes/:id',
    useCase: 'readClassCard',
    params: schemas.byId,
    query: schemas.versioned,
    data: answers.classCard,
    meta: answers.staleMeta,
    refuses: ['class.unknown'],
    async run({ classCards, wait }, { actor, params, query: { minVersion } }) {
      const find = async (primary: boolean) =>
        (await classCards.one(actor.tenantId, params.id, { primary, atLeast: minVersion })).value;
      const { document, stale } = await readAtLeast(find, minVersion, wait);
      if (!document) throw new AmsError('class.unknown');
      return { data: document, meta: { stale }, version: document.version, stale };
    },
  }),
  query({
    template: '/api/v1/classes/:classId/roster',
    useCase: 'readClassRoster',
    params: schemas.byClassId,
    query: schemas.rosterPage,
    data: answers.roster,
    meta: answers.pageMeta,
    run: ({ classRosters }, { actor, params, query }) =>
      pageOf(classRosters, { tenantId: actor.tenantId, ...params, ...query }),
  }),
  command({
    template: '/api/v1/enrolments',
    useCase: 'enrolStudent',
    body: schemas.enrolStudent,
    data: answers.enrolment,
    refuses: ['enrolment.exists', 'enrolment.twice', 'class.unknown', 'class.full'],
    run: ({ commands }, { context, body }) => commands.enrolStudent(context, body),
  }),
  command({
    method: 'DELETE',
    template: '/api/v1/enrolments/:id',
    useCase: 'withdrawStudent',
    status: 204,
    params: schemas.byId,
    data: answers.nothing,
    refuses: ['enrolment.unknown', 'enrolment.withdrawn'],
    run: ({ commands }, { context, params }) => commands.withdrawStudent(context, params),
  }),
];
