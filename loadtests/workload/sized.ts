// The same workload, larger: growth of the traffic, of the users, of the data. Pure.
import type { Model } from './read-model.ts';
import type { Size } from './workload.ts';

/** The hash tells it from the original, so that runs of different sizes are never compared as if they were alike. */
export function sized(model: Model, { rate = 1, users = 1, data = 1 }: Size): Model {
  if (rate === 1 && users === 1 && data === 1) return model;
  const times = (count: number, factor: number) => Math.max(1, Math.round(count * factor));
  const of = model.users;
  return {
    ...model,
    averageRatePerSecond: model.averageRatePerSecond * rate,
    users: {
      manager: times(of.manager, users),
      teacher: times(of.teacher, users),
      student: times(of.student, users),
      parent: times(of.parent, users),
      super_admin: times(of.super_admin, users),
    },
    data: {
      ...model.data,
      members: times(model.data.members, data),
      classes: times(model.data.classes, data),
      pendingAttendances: Math.round(model.data.pendingAttendances * data),
    },
    hash: `${model.hash}/rate=${rate}/users=${users}/data=${data}`,
  };
}
