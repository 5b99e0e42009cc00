// SPDX-License-Identifier: Apache-2.0
// The engine as the workers use it: typed, and the only owner of handles into WebAssembly's memory.
import createRelaxed from "pith-engine/relaxed";
import createSimd from "pith-engine/simd";
import type { Extractor, MainModule } from "./engine";
import type { ModelSource } from "./model_source";
import type { Extraction, Inspection, Pooling, Result } from "./result";
import type { Variant } from "./select_variant";

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

export interface DatasetInfo {
  title: string;
  author: string;
  contact: string;
  source: string;
  licence: string;
  notes: string;
}

export interface LabelColumn {
  name: string;
  type: "categorical" | "number" | "text";
  categories: string[];
}

/** A label: missing, a number, a text, or the number of a category. */
export type Label = null | number | string | { category: number };

export interface ContainerRecord {
  features: Float32Array<ArrayBuffer>;
  labels: Label[];
}

/** How a container stores features; the page writes the first three. */
export type FeatureType = "f16" | "f32" | "i8" | "bf16" | "i4";

export interface ContainerContent {
  dataset: DatasetInfo;
  encoder: EncoderInfo;
  /** What the encoder gives for the engine's own pictures. */
  probe: Float32Array<ArrayBuffer>;
  labelColumns: LabelColumn[];
  records: ContainerRecord[];
  featureType: FeatureType;
}

/** What a container says about itself. */
export interface ContainerDescription {
  dataset: DatasetInfo;
  encoder: EncoderInfo;
  labelColumns: LabelColumn[];
  recordCount: number;
  splits: Record<string, number>;
  featureType: FeatureType;
  narrowing: { maxAbsolute: number; rootMeanSquare: number; relativeL2: number };
  sections: { name: string; offsetBytes: number; lengthBytes: number; sha256: string }[];
  writer: string;
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
    const instantiateWasm = (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => {
      WebAssembly.instantiate(compiled, imports).then(done);
      return {};
    };
    return new Pith(await factories[variant]({ instantiateWasm }));
  }

  /** Reads a model file: one that its manifest describes, and that is refused where its SHA-256 differs, or one of the user's. */
  load(modelFile: ModelSource, encoder: { manifest: string } | { own: OwnEncoder }): Result<EncoderInfo> {
    this[Symbol.dispose]();
    const { Extractor } = this.#module;
    const result = "manifest" in encoder ? Extractor.load(modelFile, encoder.manifest) : Extractor.loadOwn(modelFile, JSON.stringify(encoder.own));
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

  /** Writes a container. Its record ids are random: two files of the same content differ. */
  write(content: ContainerContent): Result<Uint8Array<ArrayBuffer>> {
    const created = this.#module.ContainerWriter.create(
      JSON.stringify(content.dataset), JSON.stringify(content.encoder), JSON.stringify(content.labelColumns), content.featureType);
    if (!created.ok) return created;
    const writer = created.value;
    try {
      const probed = writer.setProbe(content.probe);
      if (!probed.ok) return probed;
      for (const { features, labels } of content.records) {
        const added = writer.add(features, JSON.stringify({ labels }));
        if (!added.ok) return added;
      }
      return writer.toBytes(crypto.getRandomValues(new Uint8Array(32)));
    } finally {
      writer.delete();
    }
  }

  /** Opens a container, checks every hash and describes it. */
  describe(file: Uint8Array): Result<ContainerDescription> {
    const verified = this.#module.verifyContainer(file);
    if (!verified.ok) return verified;
    const described = this.#module.describeContainer(file);
    return described.ok ? { ok: true, value: JSON.parse(described.value) as ContainerDescription } : described;
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
