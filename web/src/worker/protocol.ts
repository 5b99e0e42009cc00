// SPDX-License-Identifier: Apache-2.0
// Requests to a worker and its replies. Each request has an id, and exactly one reply.
import type { ContainerContent, ContainerDescription } from "../api/containers";
import type { EncoderInfo, OwnEncoder } from "../api/pith";
import type { Extraction, Inspection, Result } from "../api/result";
import type { Variant } from "../api/select_variant";

/** Everything a worker needs to start the engine; it fetches nothing by itself. */
export interface EngineModule {
  variant: Variant;
  compiled: WebAssembly.Module;
}

export interface EngineFiles {
  engine: EngineModule;
  /** What writes and opens containers. */
  containers: WebAssembly.Module;
}

/** A model file, its SHA-256 as sha256Of gives it, and what is known of it. Workers share the file and read what they need of it. */
export type EncoderSource = { modelFile: Blob; sha256: string } & ({ manifest: string } | { own: OwnEncoder });

export interface WrittenContainer {
  file: Uint8Array<ArrayBuffer>;
  description: ContainerDescription;
}

/** What each kind of request carries, and what it is answered with. */
export interface Requests {
  /** Starts the engine before there is an encoder to load. */
  start: { asks: { engine: EngineModule }; answers: Result<null> };
  /** Starts the engine, unless it was started, with an encoder; it comes before `extract` and `probe`. */
  load: { asks: { engine: EngineModule; encoder: EncoderSource }; answers: Result<EncoderInfo> };
  extract: { asks: { file: Blob; thumbnailSidePx: number }; answers: Result<Extraction & { memoryBytes: number }> };
  probe: { asks: object; answers: Result<Float32Array<ArrayBuffer>> };
  /** Looks into a model file. */
  inspect: { asks: { engine: EngineModule; file: Blob; recipe: string }; answers: Result<Inspection> };
  /** Writes a container and reads it back. */
  finish: { asks: { containers: WebAssembly.Module; content: ContainerContent }; answers: Result<WrittenContainer> };
  describe: { asks: { containers: WebAssembly.Module; file: Blob }; answers: Result<ContainerDescription> };
}

export type Kind = keyof Requests;
export type Request = { [K in Kind]: { id: number; kind: K } & Requests[K]["asks"] }[Kind];

/** `crashed`: the engine's state is lost and the worker must be ended. */
export type Reply = { id: number; answer: Requests[Kind]["answers"] } | { id: number; crashed: string };
