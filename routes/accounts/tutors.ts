import type { Caller, TutorProfile, Tutors } from "../../domain/accounts/ports.ts";
import { shownName } from "../../domain/accounts/shown_name.ts";
import { DomainError, orNotFound } from "../../domain/errors.ts";
import type { TutorProfile as WireTutor } from "../../openapi/generated/server/types.gen.ts";
import type { Handlers } from "../http/contract_app.ts";
import { mediaUrl } from "../wire/pictures.ts";
import { pageOf, rangeOf } from "../http/pages.ts";
import { universityId } from "../universities.ts";

type Deps = { tutors: Tutors };

/** Serves the public profiles of tutors. */
export const tutorRoutes = (
  { tutors }: Deps,
): Handlers<"listTutors" | "getTutor" | "getMyTutorProfile" | "updateMyTutorProfile"> => {
  async function own(origin: string, caller: Caller) {
    const profile = await tutors.own(caller.id);
    if (!profile) throw new DomainError("forbidden", "This is for tutors.");
    return { ...toWire(origin, profile), publishes_email: profile.publishesEmail };
  }

  return {
    async listTutors(request) {
      const { query, origin } = request;
      const found = await tutors.list(query.search, rangeOf(query));
      const results = found.tutors.map((tutor) => toWire(origin, tutor));
      return { status: 200, body: pageOf(request, found.count, results) };
    },

    async getTutor({ params, origin }) {
      const tutor = orNotFound(await tutors.byId(params.id), "tutor");
      return { status: 200, body: toWire(origin, tutor) };
    },

    async getMyTutorProfile({ caller, origin }) {
      return { status: 200, body: await own(origin, caller) };
    },

    async updateMyTutorProfile({ caller, body, origin }) {
      await own(origin, caller);
      const { bio, publishes_email: publishesEmail, university } = body;
      const change = {
        bio,
        publishesEmail,
        universityId: university === undefined ? undefined : universityId(university),
      };
      await tutors.change(caller.id, change);
      return { status: 200, body: await own(origin, caller) };
    },
  };
};

function toWire(origin: string, tutor: TutorProfile): WireTutor {
  const { firstName, lastName } = shownName(tutor);
  return {
    id: tutor.id,
    first_name: firstName,
    last_name: lastName,
    email: tutor.email,
    avatar: mediaUrl(origin, tutor.avatarKey),
    bio: tutor.bio,
    university: tutor.university,
    courses_count: tutor.courseCount,
  };
}
