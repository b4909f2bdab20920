import { anyone, type Caller, maker, type Rows, signedIn, type World } from "./table.ts";

type VideoOperation =
  | "createUploadCredentials"
  | "importVideo"
  | "listVideos"
  | "getVideo"
  | "deleteVideo"
  | "videoWebhook"
  | "getPlaybackRules"
  | "changePlaybackRules";

const tutorsOnly = (status: number) =>
  signedIn(403, { tutor: status, teacher: status, administrator: status });
const courseTeams = signedIn(404, { teacher: 200, administrator: 200 });

export const videoRows: Rows<VideoOperation> = {
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
  getPlaybackRules: {
    ask: ({ course }) => ({ path: `/api/courses/courses/${course.slug}/playback-rules/` }),
    answers: courseTeams,
  },
  changePlaybackRules: {
    ask: ({ course }) => ({
      path: `/api/courses/courses/${course.slug}/playback-rules/`,
      body: { embed_hosts: [], country_rule: "none", countries: [] },
    }),
    answers: courseTeams,
  },
};

async function videoOf({ sql, people, next }: World, caller: Caller): Promise<string> {
  const id = `video-${next()}`;
  await sql`
    insert into videos (id, uploader_id, origin, status) values (${id}, ${
    people[maker(caller)].id
  }, 'upload', 'ready')`;
  return id;
}
