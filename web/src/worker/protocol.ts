// SPDX-License-Identifier: Apache-2.0
// Requests to a worker and its replies. Each request has an id, and exactly one reply.
import type { ContainerContent, ContainerDescription, EncoderInfo } from "../api/pith";
import type { Extraction, Result } from "../api/result";
import type { Variant } from "../api/select_variant";

/** Everything a worker needs; it fetches nothing by itself. */
export interface EngineFiles {
  variant: Variant;
  compiled: WebAssembly.Module;
  modelFile: ArrayBuffer;
  manifest: string;
}

export interface WrittenContainer {
  file: Uint8Array<ArrayBuffer>;
  description: ContainerDescription;
}

/** What each kind of request carries, and what it is answered with. */
export interface Requests {
  /** Starts the engine; with a model where images are to be encoded. */
  load: { asks: Omit<EngineFiles, "modelFile"> & { modelFile: ArrayBuffer | null }; answers: Result<EncoderInfo | null> };
  extract: { asks: { file: Blob; thumbnailSidePx: number }; answers: Result<Extraction & { memoryBytes: number }> };
  /** Writes a container and reads it back. */
  finish: { asks: { content: ContainerContent }; answers: Result<WrittenContainer> };
  describe: { asks: { file: Blob }; answers: Result<ContainerDescription> };
}

export type Kind = keyof Requests;
export type Request = { [K in Kind]: { id: number; kind: K } & Requests[K]["asks"] }[Kind];

/** `crashed`: the engine's state is lost and the worker must be ended. */
export type Reply = { id: number; answer: Requests[Kind]["answers"] } | { id: number; crashed: string };
