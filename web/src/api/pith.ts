// SPDX-License-Identifier: Apache-2.0
// The engine as the workers use it: typed, and the only owner of handles into WebAssembly's memory.
import createRelaxed from "pith-engine/relaxed";
import createSimd from "pith-engine/simd";
import type { Extractor, MainModule } from "./engine";
import { instantiate } from "./instantiate";
import type { ModelSource } from "./model_source";
import type { Extraction, Inspection, Pooling, Result } from "./result";
import type { Variant } from "./select_variant";
import { warmUp } from "./warm_up.mjs";

/** How images are prepared, as `recipe.json` says it (src/pith/model/recipe.h). */
export interface Recipe {
  size: [height: number, width: number];
  fit?: "stretch" | "crop" | "letterbox";
  resizeShortest?: number;
  fill?: number;
  resample?: "bilinear" | "bicubic" | "lanczos" | "box";
  channels?: "rgb" | "bgr" | "grey";
  scale?: number;
  mean?: number[];
  std?: number[];
}

/** What a user says of a model file that no manifest describes. */
export interface OwnEncoder {
  name: string;
  recipe: Recipe;
  tap: string;
  pooling: Pooling;
  poolingPower?: number;
}

/** How the features came to be, as the container will tell it. */
export interface EncoderInfo {
  name: string;
  modelSha256: string;
  tap: string;
  pooling: Pooling;
  featureCount: number;
  engine: string;
}

const factories = { relaxed: createRelaxed, simd: createSimd };

/** One WebAssembly instance with at most one network in it. */
export class Pith {
  #module: MainModule;
  #extractor: Extractor | null = null;

  private constructor(module: MainModule) {
    this.#module = module;
  }

  /** Makes an instance from a module that was compiled before. */
  static async start(variant: Variant, compiled: WebAssembly.Module): Promise<Pith> {
    return new Pith(await instantiate(factories[variant], compiled));
  }

  /** While a model is still on its way. */
  warmUp(): void {
    warmUp(this.#module);
  }

  /**
   * Reads a model file: one that its manifest describes, and that is refused where its SHA-256 differs, or one of the user's.
   * @param sha256  of the file, as sha256Of gives it
   */
  load(modelFile: ModelSource, sha256: string, encoder: { manifest: string } | { own: OwnEncoder }): Result<EncoderInfo> {
    this[Symbol.dispose]();
    const { Extractor } = this.#module;
    const result = "manifest" in encoder
      ? Extractor.load(modelFile, encoder.manifest, sha256)
      : Extractor.loadOwn(modelFile, JSON.stringify(encoder.own), sha256);
    if (!result.ok) return result;
    this.#extractor = result.value;
    return { ok: true, value: JSON.parse(this.#extractor.info()) as EncoderInfo };
  }

  /** @param recipe JSON; empty: what the file does not say is taken as is common */
  inspect(modelFile: ModelSource, recipe: string): Result<Inspection> {
    return this.#module.inspectModel(modelFile, recipe);
  }

  /** @param thumbnailSidePx the longer side of the thumbnail, 0 for none */
  extract(imageFile: Uint8Array, thumbnailSidePx: number): Result<Extraction> {
    if (!this.#extractor) throw new Error("load() comes before extract()");
    return this.#extractor.extract(imageFile, thumbnailSidePx);
  }

  /** Three vectors of features, one after another: another machine that gives the same for the engine's own pictures computes the same. */
  probe(): Result<Float32Array<ArrayBuffer>> {
    if (!this.#extractor) throw new Error("load() comes before probe()");
    return this.#extractor.probe();
  }

  /** Never shrinks while the instance lives. */
  get memoryBytes(): number {
    return this.#module.memoryBytes();
  }

  [Symbol.dispose](): void {
    this.#extractor?.delete();
    this.#extractor = null;
  }
}
