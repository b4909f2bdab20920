/// <reference lib="deno.worker" />
import { argon2id, argon2Verify } from "hash-wasm";

export type HashRequest =
  | { id: number; task: "hash"; password: string }
  | { id: number; task: "verify"; password: string; hash: string };
export type HashAnswer = { id: number; result: string | boolean } | { id: number; error: string };

// OWASP's Password Storage Cheat Sheet: 19 MiB, 2 iterations, 1 lane.
const PARAMETERS = { memorySize: 19_456, iterations: 2, parallelism: 1, hashLength: 32 };

self.onmessage = async ({ data }: MessageEvent<HashRequest>) => {
  let answer: HashAnswer;
  try {
    answer = { id: data.id, result: await perform(data) };
  } catch (error) {
    answer = { id: data.id, error: String(error) };
  }
  self.postMessage(answer);
};

async function perform(request: HashRequest): Promise<string | boolean> {
  if (request.task === "verify") {
    return await argon2Verify({ password: request.password, hash: request.hash });
  }
  const salt = crypto.getRandomValues(new Uint8Array(16));
  return await argon2id({ password: request.password, salt, ...PARAMETERS, outputType: "encoded" });
}
