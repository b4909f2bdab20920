import type { Onboarding, OnboardingAnswer, OnboardingChange } from "../../domain/accounts/ports.ts";
import { DomainError } from "../../domain/errors.ts";
import type {
  OnboardingAnswer as WireAnswer,
  OnboardingChange as WireChange,
} from "../../openapi/generated/server/types.gen.ts";
import type { Handlers } from "../http/contract_app.ts";
import { pageOf, sliceOf } from "../http/pages.ts";
import { universityId } from "../universities.ts";

type Deps = { onboarding: Onboarding };

/** Serves the caller's onboarding answers. */
export const onboardingRoutes = (
  { onboarding }: Deps,
): Handlers<
  | "listOnboardingAnswers"
  | "createOnboardingAnswer"
  | "getOnboardingAnswer"
  | "updateOnboardingAnswer"
  | "deleteOnboardingAnswer"
> => ({
  async listOnboardingAnswers(request) {
    const answer = await onboarding.of(request.caller.id);
    const answers = answer ? [toWire(answer)] : [];
    return { status: 200, body: pageOf(request, answers.length, sliceOf(request.query, answers)) };
  },

  async createOnboardingAnswer({ caller, body }) {
    const { degree, graduation_year: graduationYear } = body;
    const answer = await onboarding.answer(caller.id, { ...toChange(body), degree, graduationYear });
    if (!answer) throw new DomainError("not_authenticated", "This account can no longer be used.");
    return { status: 201, body: toWire(answer) };
  },

  async getOnboardingAnswer({ caller, params }) {
    const answer = await onboarding.of(caller.id);
    if (answer?.id !== params.id) throw noSuchAnswer();
    return { status: 200, body: toWire(answer) };
  },

  async updateOnboardingAnswer({ caller, params, body }) {
    const answer = await onboarding.change(caller.id, params.id, toChange(body));
    if (!answer) throw noSuchAnswer();
    return { status: 200, body: toWire(answer) };
  },

  async deleteOnboardingAnswer({ caller, params }) {
    if (!(await onboarding.remove(caller.id, params.id))) throw noSuchAnswer();
    return { status: 204, body: undefined };
  },
});

function toChange(
  { university, graduation_year: graduationYear, degree, interests, age }: WireChange,
): OnboardingChange {
  return {
    universityId: university === undefined ? undefined : universityId(university),
    graduationYear,
    degree,
    interests,
    age,
  };
}

function toWire(answer: OnboardingAnswer): WireAnswer {
  return {
    id: answer.id,
    user: answer.userId,
    university: answer.universityId,
    degree: answer.degree,
    graduation_year: answer.graduationYear,
    interests: answer.interests,
    age: answer.age,
    created_at: answer.createdAt.toISOString(),
    updated_at: answer.updatedAt.toISOString(),
  };
}

function noSuchAnswer(): DomainError {
  return new DomainError("not_found", "You have no such onboarding answers.");
}
