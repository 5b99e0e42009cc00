// SPDX-License-Identifier: Apache-2.0
// Which encoder is used, and the dialog in which another is chosen: a package beside the page, or a model file of the user's.
// Fires "pith-encoder" with a ChosenEncoder.
import type { EncoderInfo } from "../api/pith";
import { type EngineError, type Inspect, pageError } from "../api/result";
import { selectVariant } from "../api/select_variant";
import { type EncoderOffer, offerPackage, type PackageBeside, packagesBeside } from "../encoders";
import { find, setText } from "./elements";
import * as format from "./format";
import type { ModelForm } from "./model_form";

export interface ChosenEncoder {
  offer: EncoderOffer;
  /** Whether features are to be the same on every computer, to the bit. */
  sameBits: boolean;
  /** Aborted when something else is chosen, or the dialog is closed, before this one is in use. */
  signal: AbortSignal;
}

type InUse = Pick<ChosenEncoder, "offer" | "sameBits">;

function row({ manifest }: PackageBeside, index: number): HTMLLabelElement {
  const label = document.createElement("label");
  label.className = "choice";
  const radio = document.createElement("input");
  Object.assign(radio, { type: "radio", name: "package", value: String(index), required: true });
  const text = document.createElement("span");
  const name = document.createElement("strong");
  name.textContent = manifest.name;
  const lines = [manifest.title, `${format.count(manifest.featureCount)} numbers an image · ${format.size(manifest.sizeBytes)} · ${manifest.licence}`];
  text.append(name, ...lines.map((line) => {
    const small = document.createElement("small");
    small.textContent = line;
    return small;
  }));
  label.append(radio, text);
  return label;
}

export class EncoderChoice extends HTMLElement {
  #dialog!: HTMLDialogElement;
  #list!: HTMLFormElement;
  #model!: ModelForm;
  #sameBits!: HTMLInputElement;
  #inspect: Inspect | null = null;
  #inUse: InUse | null = null;
  /** What is being read or loaded. */
  #task = new AbortController();
  #waitingModel: { file: File; recipe: File | null } | null = null;

  connectedCallback(): void {
    this.#dialog = find<HTMLDialogElement>(this, "dialog");
    this.#list = find<HTMLFormElement>(this, ".encoder-list");
    this.#model = find<ModelForm>(this, "pith-model-form");
    this.#sameBits = find<HTMLInputElement>(this, "[name=same-bits]");
    // Where the browser has plain SIMD alone there is nothing to choose.
    this.#sameBits.disabled = selectVariant() !== "relaxed";
    find(this, ".package-list").append(...packagesBeside.map(row));
    find(this, "[data-action=change]").addEventListener("click", () => this.#open());
    find(this, "[data-action=close]").addEventListener("click", () => this.#dialog.close());
    this.#dialog.addEventListener("close", () => this.#onClose());
    this.#list.addEventListener("submit", (event) => {
      event.preventDefault();
      const index = Number(new FormData(this.#list).get("package"));
      this.#choose(offerPackage(packagesBeside[index]!));
    });
    const input = find<HTMLInputElement>(this, "[data-input=model]");
    find(this, "[data-action=model]").addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      const file = input.files?.[0];
      input.value = "";
      if (file) void this.openModel(file, null);
    });
    this.#model.addEventListener("pith-own-encoder", (event) => this.#choose((event as CustomEvent<EncoderOffer>).detail));
    this.#model.addEventListener("pith-back", () => this.#showList());
  }

  /** From now on model files can be looked into. */
  useEngine(inspect: Inspect): void {
    this.#inspect = inspect;
    find<HTMLButtonElement>(this, "[data-action=change]").disabled = false;
    if (this.#waitingModel) void this.openModel(this.#waitingModel.file, this.#waitingModel.recipe);
    this.#waitingModel = null;
  }

  get isOpen(): boolean {
    return this.#dialog.open;
  }

  /** Whether a model file waits for the engine. */
  get isWaiting(): boolean {
    return this.#waitingModel !== null;
  }

  /** Whether a recipe that is dropped belongs to a model file that is being described. */
  get wantsRecipe(): boolean {
    return this.#dialog.open && !this.#model.hidden;
  }

  /** Shows what is in use now, and is done with choosing. */
  showChosen(inUse: InUse, { featureCount }: EncoderInfo): void {
    const { name, provisional } = inUse.offer;
    this.#inUse = inUse;
    this.#task = new AbortController();
    setText(find(this, ".encoder-name"), name);
    setText(find(this, ".encoder-about"), `${provisional ? "provisional · " : ""}${format.count(featureCount)} numbers an image`);
    this.#showList();
    this.#setBusy("");
    this.#showInUse();
    this.#dialog.close();
  }

  showError(error: EngineError): void {
    this.#setBusy("");
    if (this.#model.hidden) this.#showListError(error);
    else this.#model.showError(error);
  }

  /** Looks into a model file and asks for what it does not say. */
  async openModel(file: File, recipe: File | null): Promise<void> {
    if (!this.#inspect) {
      this.#waitingModel = { file, recipe };
      return;
    }
    const signal = this.#begin();
    this.#open();
    this.#showList();
    this.#setBusy(`Reading ${file.name} …`);
    const result = await this.#inspect(file, "");
    if (signal.aborted) return;
    this.#setBusy("");
    if (!result.ok) return this.#showListError(result.error);
    if (result.value.taps.length === 0) {
      return this.#showListError(result.value.error ?? pageError("tapNotFound", "The network has no place where features can be taken.", "Use another model."));
    }
    this.#list.hidden = true;
    this.#model.open(file, result.value, this.#inspect);
    if (recipe) await this.#model.readRecipe(recipe);
  }

  readRecipe(file: File): Promise<void> {
    return this.#model.readRecipe(file);
  }

  #open(): void {
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  /** Begins what the next choice, or closing the dialog, ends. */
  #begin(): AbortSignal {
    this.#task.abort();
    this.#task = new AbortController();
    return this.#task.signal;
  }

  #onClose(): void {
    if (this.#dialog.open) return;  // again, by the time that the event comes
    this.#begin();
    this.#setBusy("");
    this.#showInUse();
  }

  /** What was ticked and not used is as it was. */
  #showInUse(): void {
    if (!this.#inUse) return;
    const { offer: { name, isOwn }, sameBits } = this.#inUse;
    this.#sameBits.checked = sameBits;
    for (const radio of this.#list.querySelectorAll<HTMLInputElement>("[name=package]")) {
      radio.checked = !isOwn && packagesBeside[Number(radio.value)]!.manifest.name === name;
    }
  }

  #showList(): void {
    this.#model.close();
    this.#list.hidden = false;
    find(this.#list, ".form-error").hidden = true;
  }

  #showListError(error: EngineError): void {
    this.#showList();
    const place = find(this.#list, ".form-error");
    place.textContent = format.error(error);
    place.hidden = false;
  }

  #choose(offer: EncoderOffer): void {
    find(this.#list, ".form-error").hidden = true;
    this.#setBusy(`Loading ${offer.name} …`);
    const detail: ChosenEncoder = { offer, sameBits: this.#sameBits.checked, signal: this.#begin() };
    this.dispatchEvent(new CustomEvent("pith-encoder", { detail, bubbles: true }));
  }

  /** @param words what is being done; empty: nothing */
  #setBusy(words: string): void {
    setText(find(this, ".encoder-status"), words);
    for (const button of this.#dialog.querySelectorAll<HTMLButtonElement>("[type=submit], [data-action=model]")) button.disabled = words !== "";
  }
}

customElements.define("pith-encoder-choice", EncoderChoice);
