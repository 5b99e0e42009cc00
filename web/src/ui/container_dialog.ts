// SPDX-License-Identifier: Apache-2.0
// What a .pith file says about itself.
import type { ContainerDescription } from "../api/containers";
import type { Result } from "../api/result";
import { describe, find, setText } from "./elements";
import * as format from "./format";

const numberFormats = { f16: "half precision (f16)", f32: "full precision (f32)", i8: "8-bit, with a scale for each column (i8)",
  bf16: "half precision with a wide range (bf16)", i4: "4-bit, with a scale for each column (i4)" };

function labelsText({ labelColumns }: ContainerDescription): string {
  return labelColumns.map(({ name, categories }) => (categories.length > 0 ? `${name}: ${categories.join(", ")}` : name)).join("; ");
}

function splitsText({ splits, recordCount }: ContainerDescription): string {
  if (splits.none === recordCount) return "";
  return Object.entries(splits).filter(([, count]) => count > 0).map(([name, count]) => `${name} ${format.count(count)}`).join(", ");
}

function facts(description: ContainerDescription): [string, string][] {
  const { dataset, encoder } = description;
  return [
    ["Author", dataset.author],
    ["Contact", dataset.contact],
    ["Source", dataset.source],
    ["Licence", dataset.licence],
    ["Notes", dataset.notes],
    ["Content", `${format.images(description.recordCount)} as ${format.count(encoder.featureCount)} numbers each`],
    ["Numbers", numberFormats[description.featureType]],
    ["Narrowing", description.featureType === "f32" ? "" : `moved the numbers by ${format.percent(description.narrowing.relativeL2)} in all`],
    ["Labels", labelsText(description)],
    ["Splits", splitsText(description)],
    ["Encoder", `${encoder.name}, taken at ${encoder.tap} (${encoder.pooling})`],
    ["Model file", `SHA-256 ${encoder.modelSha256}`],
    ["Engine", encoder.engine],
    ["Written by", description.writer],
  ];
}

export class ContainerDialog {
  #dialog = find<HTMLDialogElement>(document, "#container-dialog");

  constructor() {
    find(this.#dialog, "[data-action=close]").addEventListener("click", () => this.#dialog.close());
    // A click beside the dialog lands on the dialog element itself.
    this.#dialog.addEventListener("click", (event) => { if (event.target === this.#dialog) this.#dialog.close(); });
  }

  show(file: File, result: Result<ContainerDescription>): void {
    const title = result.ok && result.value.dataset.title ? result.value.dataset.title : file.name;
    setText(find(this.#dialog, "h2"), title);
    const integrity = find(this.#dialog, ".integrity");
    integrity.dataset.ok = String(result.ok);
    setText(integrity, result.ok ? `Whole: every hash in this ${format.size(file.size)} file matches.` : format.error(result.error));
    describe(find(this.#dialog, "dl"), result.ok ? facts(result.value) : []);
    if (!this.#dialog.open) this.#dialog.showModal();
  }
}
