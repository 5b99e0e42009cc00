// SPDX-License-Identifier: Apache-2.0
// The description and the saving. Fires "pith-save" with a SaveRequest.
import type { ContainerDescription, DatasetInfo, FeatureType } from "../api/containers";
import type { EngineError } from "../api/result";
import type { Session } from "../session";
import { find, setText } from "./elements";
import * as format from "./format";

export interface SaveRequest {
  dataset: DatasetInfo;
  featureType: FeatureType;
  labelsFromFolders: boolean;
}

const bytesPerNumber: Record<FeatureType, number> = { f32: 4, f16: 2, bf16: 2, i8: 1, i4: 0.5 };
/** The preamble, the encoder's description and alignment; an identifier; a label. Measured, and good enough for "about". */
const headerBytes = 1000;
const recordBytes = 16;
/** Of each column: four moments and the parity probe's three numbers; where numbers become small whole ones, a scale and a zero point. */
const columnBytes: Record<FeatureType, number> = { f32: 28, f16: 28, bf16: 28, i8: 36, i4: 36 };

export class SaveForm extends HTMLElement {
  #form!: HTMLFormElement;
  #featureCount = 0;
  #doneCount = 0;
  #imageBytes = 0;

  connectedCallback(): void {
    this.#form = find<HTMLFormElement>(this, "form");
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.dispatchEvent(new CustomEvent("pith-save", { detail: this.#request(), bubbles: true }));
    });
    this.#form.addEventListener("input", () => this.#hideOutcome());
    for (const radio of this.#form.querySelectorAll("[name=featureType]")) radio.addEventListener("change", () => this.#showSizes());
  }

  update(session: Session, featureCount: number): void {
    const { done, doneBytes } = session.counts;
    this.hidden = done === 0;
    if (session.size === 0) this.#hideOutcome();
    this.#featureCount = featureCount;
    this.#doneCount = done;
    this.#imageBytes = doneBytes;
    this.#showSizes();
    this.#showFolders(session);
    find<HTMLButtonElement>(this, "[type=submit]").textContent = session.isEncoding ? `Save the ${format.images(done)} encoded so far` : "Save";
  }

  showSaving(): void {
    this.#hideOutcome();
    find<HTMLButtonElement>(this, "[type=submit]").disabled = true;
  }

  showSaved(name: string, sizeBytes: number, description: ContainerDescription): void {
    find<HTMLButtonElement>(this, "[type=submit]").disabled = false;
    const saved = find(this, ".saved");
    const title = document.createElement("strong");
    title.textContent = `${name} is in your downloads.`;
    const checks = document.createElement("span");
    const moved = description.featureType === "f32" ? "" : ` Narrowing moved the numbers by ${format.percent(description.narrowing.relativeL2)}.`;
    checks.textContent = `${format.images(description.recordCount)}, ${format.size(sizeBytes)}, read back and found whole.${moved}`;
    saved.replaceChildren(title, checks);
    saved.hidden = false;
  }

  showError(error: EngineError): void {
    find<HTMLButtonElement>(this, "[type=submit]").disabled = false;
    const place = find(this, ".form-error");
    place.textContent = `${format.sentence(error.detail)} ${error.advice}`;
    place.hidden = false;
  }

  #hideOutcome(): void {
    find(this, ".saved").hidden = true;
    find(this, ".form-error").hidden = true;
  }

  #request(): SaveRequest {
    const data = new FormData(this.#form);
    const text = (name: string) => String(data.get(name) ?? "").trim();
    return {
      dataset: { title: text("title"), author: text("author"), contact: text("contact"), source: text("source"), licence: text("licence"), notes: text("notes") },
      featureType: text("featureType") as FeatureType,
      labelsFromFolders: data.has("labelsFromFolders") && !find(this, "#folder-labels").hidden,
    };
  }

  #fileBytes(type: FeatureType): number {
    return headerBytes + this.#featureCount * columnBytes[type] + this.#doneCount * (recordBytes + this.#featureCount * bytesPerNumber[type]);
  }

  #showSizes(): void {
    for (const type of ["f16", "f32", "i8"] as const) setText(find(this, `[data-size=${type}]`), `${type}, about ${format.size(this.#fileBytes(type))}`);
    const type = String(new FormData(this.#form).get("featureType")) as FeatureType;
    const fileBytes = this.#fileBytes(type);
    const ratio = this.#imageBytes / fileBytes;
    const comparison = ratio > 1.5 ? `, about ${format.factor(ratio)} times smaller` : "";
    setText(find(this, ".comparison-text"), `${format.size(this.#imageBytes)} of images become a file of about ${format.size(fileBytes)}${comparison}.`);
    find(this, ".comparison-file").style.inlineSize = `${Math.min(100, Math.max(0.6, 100 / ratio))}%`;
    setText(find(this, ".promise"), `Nothing leaves this computer by itself. The file you save holds ${format.count(this.#doneCount)} × ${format.count(this.#featureCount)} `
      + "numbers and the words above: no pixels and no names of images. It is lossy, not anonymous.");
  }

  #showFolders(session: Session): void {
    const folders = session.folders();
    const check = find(this, "#folder-labels");
    check.hidden = folders.length === 0;
    setText(find(check, "small"), folders.length > 6 ? `${format.count(folders.length)} folders` : folders.join(", "));
  }
}

customElements.define("pith-save-form", SaveForm);
