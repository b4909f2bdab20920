import { optional, type Rows, signedIn, type World } from "./table.ts";

async function buyersPlaybackSession({ sql, course, people }: World): Promise<string> {
  const [row] = await sql<{ id: string }[]>`
    insert into playback_sessions
      (viewer_id, sign_in_id, lesson_id, course_id, video_id, address, user_agent, lease_until)
    select ${people.buyer.id}, ${people.buyer.signInId}, id, ${course.id}, 'sample-video', '', '', now()
    from lessons where slug = ${course.lesson} returning id`;
  return row!.id;
}

const courseTeams = signedIn(404, { teacher: 200, administrator: 200 });

export const playbackRows: Rows<
  | "getLesson"
  | "startPlayback"
  | "sendHeartbeat"
  | "getVideoTicket"
  | "listPlaybackLog"
  | "getPlaybackRules"
  | "changePlaybackRules"
> = {
  getLesson: {
    ask: ({ course }) => ({ path: `/api/courses/lessons/${course.lesson}/` }),
    answers: optional(404, { buyer: 200, teacher: 200, administrator: 200 }),
  },
  startPlayback: {
    ask: ({ course }) => ({ path: `/api/courses/lessons/${course.lesson}/playback/`, body: {} }),
    answers: optional(404, { buyer: 200, teacher: 200, administrator: 200 }),
  },
  sendHeartbeat: {
    ask: async (world) => ({
      path: `/api/courses/playback/${await buyersPlaybackSession(world)}/heartbeat/`,
      body: { position_seconds: 30, state: "playing" },
    }),
    answers: signedIn(404, { buyer: 200 }),
  },
  getVideoTicket: {
    async ask({ sql, course }) {
      await sql`update lessons set video_id = 'sample-paid' where slug = ${course.lesson}`;
      return { path: "/api/courses/vdocipher/video/sample-paid/otp/" };
    },
    answers: optional(404, { buyer: 200, teacher: 200, administrator: 200 }),
  },
  listPlaybackLog: {
    ask: () => ({ path: "/api/courses/playback-log/" }),
    answers: signedIn(403, { administrator: 200 }),
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
