import { pdf } from "../../support/sample_documents.ts";
import { anyone, type Caller, maker, optional, type Rows, signedIn, type World } from "./table.ts";

const whoMayWatch = optional(404, { buyer: 200, teacher: 200, administrator: 200 });

const courseTeams = (status: number) => signedIn(404, { teacher: status, administrator: status });

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

const tutorsOnly = (status: number) =>
  signedIn(403, { tutor: status, teacher: status, administrator: status });

async function videoOf({ sql, people, next }: World, caller: Caller): Promise<string> {
  const id = `video-${next()}`;
  await sql`
    insert into videos (id, uploader_id, origin, status) values (${id}, ${
    people[maker(caller)].id
  }, 'upload', 'ready')`;
  return id;
}

export const mediaRows: Rows<
  | "listAttachments"
  | "attachFile"
  | "createAttachmentUpload"
  | "confirmAttachmentUpload"
  | "deleteAttachment"
  | "linkAttachment"
  | "listAttachmentLinks"
  | "createUploadCredentials"
  | "importVideo"
  | "listVideos"
  | "getVideo"
  | "deleteVideo"
  | "videoWebhook"
> = {
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
  createUploadCredentials: {
    ask: () => ({
      path: "/api/courses/vdocipher/upload-credentials/",
      body: { title: "A", folderId: "root" },
    }),
    answers: tutorsOnly(200),
  },
  importVideo: {
    ask: () => ({ path: "/api/courses/videos/import/", body: { url: "https://93.184.215.14/a.mp4" } }),
    answers: tutorsOnly(201),
  },
  listVideos: {
    ask: () => ({ path: "/api/courses/videos/" }),
    answers: tutorsOnly(200),
  },
  getVideo: {
    ask: async (world, caller) => ({ path: `/api/courses/videos/${await videoOf(world, caller)}/` }),
    answers: signedIn(403, { tutor: 404, teacher: 200, administrator: 200, formerCoTutor: 200 }), // their own
  },
  deleteVideo: {
    ask: async (world, caller) => ({ path: `/api/courses/videos/${await videoOf(world, caller)}/` }),
    answers: signedIn(403, { tutor: 404, teacher: 202, administrator: 202, formerCoTutor: 202 }),
  },
  videoWebhook: {
    ask: () => ({
      path: "/api/courses/vdocipher/webhook/sandbox-video-webhook/",
      body: { event: "video:ready", payload: { id: "none" } },
    }),
    answers: anyone(200),
  },
};
