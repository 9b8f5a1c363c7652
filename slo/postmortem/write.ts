// Writes the record of an incident: a new folder with the postmortem, its evidence and its pictures, whole or not at all.
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { draftOf } from './draft.ts';
import { standalone } from './draw.ts';
import { failures } from './failures.ts';
import { evidenceText } from './figure.ts';
import type { Gathered } from './gather.ts';
import { htmlOf } from './html.ts';
import { markdownOf } from './markdown.ts';
import { headText, type PostmortemRecord } from './record.ts';
import { RECORD_FILES } from './records.ts';
import { story, titleOf } from './story.ts';
import { printed, secondsOf } from './units.ts';

/** Throws a Failure when there is something of that name already: a record is never overwritten. */
export async function requireNew(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found) throw failures.exists(folder);
}

/** @param nowSeconds for the page that says when it was written */
export async function writeRecord(folder: string, gathered: Gathered, nowSeconds: number): Promise<PostmortemRecord> {
  const record = draftOf(path.basename(folder), gathered);
  const title = titleOf(gathered);
  const blocks = story(gathered, record.dueUtc);
  const { figures, source, prometheus, pictures } = gathered;
  const picturePath = (id: string) => `${RECORD_FILES.panels}/${id}.svg`;
  const subtitle = `The evidence as ${source} gave it at ${printed(nowSeconds, 'utc')}. The story, its cause and its actions stand in ${RECORD_FILES.story}; it is due by ${printed(secondsOf(record.dueUtc), 'utc')}.`;
  const files: Record<string, string> = {
    [RECORD_FILES.story]: `${headText(record)}\n${markdownOf(title, blocks, figures, picturePath)}`,
    [RECORD_FILES.evidence]: evidenceText({ schema: 'amsperf/postmortem/v1', source, prometheus, figures }),
    [RECORD_FILES.page]: htmlOf(title, subtitle, evidenceOnly(blocks), figures),
    ...Object.fromEntries(pictures.map(({ panel, svg }) => [picturePath(panel.id), standalone(svg)])),
  };
  await requireNew(folder);
  const part = `${folder}.part`;
  await rm(part, { recursive: true, force: true });
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(part, name)), { recursive: true });
      await writeFile(path.join(part, name), text);
    }
    await rename(part, folder);
  } finally {
    await rm(part, { recursive: true, force: true });
  }
  return record;
}

/** Without what a person writes, and without the headings that are empty then. */
function evidenceOnly(blocks: ReturnType<typeof story>) {
  const measured = blocks.filter(({ kind }) => kind !== 'write');
  return measured.filter(({ kind }, index) => {
    const next = measured[index + 1];
    return kind !== 'heading' || (next !== undefined && next.kind !== 'heading');
  });
}
