import { pdf } from "../../support/sample_documents.ts";
import { type Caller, maker, optional, type Rows, signedIn, type World } from "./table.ts";

type AttachmentOperation =
  | "listAttachments"
  | "attachFile"
  | "createAttachmentUpload"
  | "confirmAttachmentUpload"
  | "deleteAttachment"
  | "linkAttachment"
  | "listAttachmentLinks";

const whoMayWatch = optional(404, { buyer: 200, teacher: 200, administrator: 200 });
const courseTeams = (status: number) => signedIn(404, { teacher: status, administrator: status });

export const attachmentRows: Rows<AttachmentOperation> = {
  listAttachments: {
    ask: ({ course }) => ({ path: `/api/courses/lessons/${course.lesson}/attachments/` }),
    answers: whoMayWatch,
  },
  attachFile: {
    ask({ course }) {
      const form = new FormData();
      form.append("file", new File([pdf()], "a.pdf"));
      return { path: `/api/courses/lessons/${course.lesson}/attachments/`, form };
    },
    answers: courseTeams(201),
  },
  createAttachmentUpload: {
    ask: ({ course }) => ({
      path: `/api/courses/lessons/${course.lesson}/attachments/uploads/`,
      body: { name: "a.pdf", content_type: "application/pdf", size: 1000 },
    }),
    answers: courseTeams(201),
  },
  confirmAttachmentUpload: {
    ask: async (world, caller) => ({
      path: `/api/courses/attachments/uploads/${await uploadOf(world, caller)}/confirm/`,
    }),
    answers: signedIn(404, { teacher: 400 }), // nothing was uploaded
  },
  deleteAttachment: {
    ask: async (world) => ({ path: `/api/courses/attachments/${await attachment(world)}/` }),
    answers: courseTeams(204),
  },
  linkAttachment: {
    ask: async (world) => ({ path: `/api/courses/attachments/${await attachment(world)}/link/` }),
    answers: whoMayWatch,
  },
  listAttachmentLinks: {
    ask: () => ({ path: "/api/courses/attachment-links/" }),
    answers: signedIn(403, { administrator: 200 }),
  },
};

async function attachment({ sql, course, next }: World): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    insert into lesson_attachments (lesson_id, key, name, content_type, size, uploaded_by)
    select id, ${`attachments/${next()}`}, 'a.pdf', 'application/pdf', 1, '' from lessons
    where slug = ${course.lesson} returning id`;
  return row!.id;
}

async function uploadOf({ sql, course, people, next }: World, caller: Caller): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    insert into file_uploads (lesson_id, key, name, content_type, size, user_id, expires_at)
    select id, ${`uploads/${next()}`}, 'a.pdf', 'application/pdf', 1, ${
    people[maker(caller)].id
  }, now() + interval '1 hour'
    from lessons where slug = ${course.lesson} returning id`;
  return row!.id;
}
