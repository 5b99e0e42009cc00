// SPDX-License-Identifier: Apache-2.0
// Writes and opens containers, in a WebAssembly instance of its own: the engine is not needed for it.
import createModule from "pith-engine/container";
import type { MainModule } from "./container_module";
import { instantiate } from "./instantiate";
import type { EncoderInfo } from "./pith";
import type { Result } from "./result";

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

export class Containers {
  #module: MainModule;

  private constructor(module: MainModule) {
    this.#module = module;
  }

  /** Makes an instance from a module that was compiled before. */
  static async start(compiled: WebAssembly.Module): Promise<Containers> {
    return new Containers(await instantiate(createModule, compiled));
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
}
