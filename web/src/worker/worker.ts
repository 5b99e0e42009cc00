// SPDX-License-Identifier: Apache-2.0
// One engine in one thread. Bundled as a classic script, so that it also runs from a Blob.
import { Pith } from "../api/pith";
import { pageError, type Result } from "../api/result";
import type { Kind, Reply, Request, Requests } from "./protocol";

const scope = self as unknown as {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(reply: Reply, transfer: Transferable[]): void;
};

let pith: Pith | null = null;

function engine(): Pith {
  if (!pith) throw new Error("load comes first");
  return pith;
}

/** No image within the engine's limit on pixels needs a larger file; a film of the other kind is not read into memory. */
const maxFileBytes = 2 ** 30;

async function readBytes(file: Blob): Promise<Result<Uint8Array<ArrayBuffer>>> {
  if (file.size > maxFileBytes) {
    return { ok: false, error: pageError("imageTooLarge", `The file has ${file.size} bytes; at most ${maxFileBytes} are read.`,
      "Leave the file out, or open it with the command line.") };
  }
  try {
    return { ok: true, value: new Uint8Array(await file.arrayBuffer()) };
  } catch {
    return { ok: false, error: pageError("readFailed", "The browser could not read the file.",
      "Check that the file is still there and that you may read it.") };
  }
}

async function load(request: Requests["load"]["asks"]): Promise<Requests["load"]["answers"]> {
  pith = await Pith.start(request.variant, request.compiled);
  return request.modelFile ? pith.load(new Uint8Array(request.modelFile), request.manifest) : { ok: true, value: null };
}

async function extract(request: Requests["extract"]["asks"]): Promise<Requests["extract"]["answers"]> {
  const bytes = await readBytes(request.file);
  if (!bytes.ok) return bytes;
  const result = engine().extract(bytes.value, request.thumbnailSidePx);
  return result.ok ? { ok: true, value: { ...result.value, memoryBytes: engine().memoryBytes } } : result;
}

async function finish(request: Requests["finish"]["asks"]): Promise<Requests["finish"]["answers"]> {
  const written = engine().write(request.content);
  if (!written.ok) return written;
  const described = engine().describe(written.value);
  return described.ok ? { ok: true, value: { file: written.value, description: described.value } } : described;
}

async function describe(request: Requests["describe"]["asks"]): Promise<Requests["describe"]["answers"]> {
  const bytes = await readBytes(request.file);
  return bytes.ok ? engine().describe(bytes.value) : bytes;
}

function answerTo(request: Request): Promise<Requests[Kind]["answers"]> {
  switch (request.kind) {
    case "load": return load(request);
    case "extract": return extract(request);
    case "finish": return finish(request);
    case "describe": return describe(request);
  }
}

/** Buffers that are handed over instead of copied. */
function transferables(answer: Requests[Kind]["answers"]): Transferable[] {
  if (!answer.ok || !answer.value) return [];
  if ("features" in answer.value) {
    const { features, thumbnail } = answer.value;
    return thumbnail ? [features.buffer, thumbnail.rgba.buffer] : [features.buffer];
  }
  return "file" in answer.value ? [answer.value.file.buffer] : [];
}

scope.onmessage = async ({ data: request }) => {
  try {
    const answer = await answerTo(request);
    scope.postMessage({ id: request.id, answer }, transferables(answer));
  } catch (error) {
    scope.postMessage({ id: request.id, crashed: String(error) }, []);
  }
};
