// SPDX-License-Identifier: Apache-2.0
// One engine, or what writes and opens containers, in one thread. Bundled as a classic script, so that it also runs from a Blob.
import { Containers } from "../api/containers";
import { blobSource, type ModelSource } from "../api/model_source";
import { Pith } from "../api/pith";
import { pageError, type Result } from "../api/result";
import type { Kind, Reply, Request, Requests } from "./protocol";

const scope = self as unknown as {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(reply: Reply, transfer: Transferable[]): void;
};

let started: Promise<Pith> | null = null;
let pith: Pith | null = null;

function engine(): Pith {
  if (!pith) throw new Error("load comes first");
  return pith;
}

/** No image within the engine's limit on pixels needs a larger file; a film of the other kind is not read into memory. */
const maxImageBytes = 2 ** 30;
/** The engine's own limit; a network whose weights do not fit is told so when they are read. */
const maxModelBytes = 2 ** 31;

function tooLarge(code: string, file: Blob, maxBytes: number): Result<never> {
  return { ok: false, error: pageError(code, `The file has ${file.size} bytes; at most ${maxBytes} are read.`,
    "Leave the file out, or open it with the command line.") };
}

async function readImage(file: Blob): Promise<Result<Uint8Array<ArrayBuffer>>> {
  if (file.size > maxImageBytes) return tooLarge("imageTooLarge", file, maxImageBytes);
  try {
    return { ok: true, value: new Uint8Array(await file.arrayBuffer()) };
  } catch {
    return { ok: false, error: pageError("readFailed", "The browser could not read the file.",
      "Check that the file is still there and that you may read it.") };
  }
}

/** The engine reads what it needs of it. */
function openModel(file: Blob): Result<ModelSource> {
  return file.size > maxModelBytes ? tooLarge("modelTooLarge", file, maxModelBytes) : { ok: true, value: blobSource(file) };
}

async function start(request: Requests["start"]["asks"]): Promise<Requests["start"]["answers"]> {
  started = Pith.start(request.engine.variant, request.engine.compiled);
  (await started).warmUp();
  return { ok: true, value: null };
}

async function load(request: Requests["load"]["asks"]): Promise<Requests["load"]["answers"]> {
  pith = await (started ?? Pith.start(request.engine.variant, request.engine.compiled));
  const model = openModel(request.encoder.modelFile);
  return model.ok ? pith.load(model.value, request.encoder.sha256, request.encoder) : model;
}

async function inspect(request: Requests["inspect"]["asks"]): Promise<Requests["inspect"]["answers"]> {
  const model = openModel(request.file);
  if (!model.ok) return model;
  return (await Pith.start(request.engine.variant, request.engine.compiled)).inspect(model.value, request.recipe);
}

async function extract(request: Requests["extract"]["asks"]): Promise<Requests["extract"]["answers"]> {
  const bytes = await readImage(request.file);
  if (!bytes.ok) return bytes;
  const result = engine().extract(bytes.value, request.thumbnailSidePx);
  return result.ok ? { ok: true, value: { ...result.value, memoryBytes: engine().memoryBytes } } : result;
}

async function finish(request: Requests["finish"]["asks"]): Promise<Requests["finish"]["answers"]> {
  const containers = await Containers.start(request.containers);
  const written = containers.write(request.content);
  if (!written.ok) return written;
  const described = containers.describe(written.value);
  return described.ok ? { ok: true, value: { file: written.value, description: described.value } } : described;
}

async function describe(request: Requests["describe"]["asks"]): Promise<Requests["describe"]["answers"]> {
  const bytes = await readImage(request.file);
  return bytes.ok ? (await Containers.start(request.containers)).describe(bytes.value) : bytes;
}

function answerTo(request: Request): Promise<Requests[Kind]["answers"]> {
  switch (request.kind) {
    case "start": return start(request);
    case "load": return load(request);
    case "inspect": return inspect(request);
    case "extract": return extract(request);
    case "probe": return Promise.resolve(engine().probe());
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
