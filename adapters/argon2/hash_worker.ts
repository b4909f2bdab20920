/// <reference lib="deno.worker" />
import { type HashTask, performHashTask } from "./hashing.ts";

export type HashRequest = HashTask & { id: number };
export type HashAnswer = { id: number; result: string | boolean } | { id: number; error: string };

self.onmessage = async ({ data }: MessageEvent<HashRequest>) => {
  let answer: HashAnswer;
  try {
    answer = { id: data.id, result: await performHashTask(data) };
  } catch (error) {
    answer = { id: data.id, error: String(error) };
  }
  self.postMessage(answer);
};
