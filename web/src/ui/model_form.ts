// SPDX-License-Identifier: Apache-2.0
// A model file of the user's: its recipe, which the file does not hold, the tap and the pooling. Every rule is the engine's; what it
// refuses is shown in its words. Fires "pith-own-encoder" with an EncoderOffer, and "pith-back".
import type { OwnEncoder, Recipe } from "../api/pith";
import { type EngineError, type Inspect, type Inspection, pageError, type Pooling, type TapCandidate } from "../api/result";
import { encoderName, offerFile } from "../encoders";
import { numberText, parseNumber, parseNumbers, type Preparation, preset, type PresetName } from "../recipes";
import { find, setText } from "./elements";
import * as format from "./format";

const poolings: Record<TapCandidate["kind"], [Pooling, string][]> = {
  "feature map": [["average", "Average"], ["maximum", "Maximum"], ["averageAndMaximum", "Average and maximum"], ["generalizedMean", "Generalised mean (GeM)"],
    ["none", "None: keep the grid"]],
  tokens: [["classToken", "Class token"], ["average", "Average"], ["maximum", "Maximum"], ["averageAndMaximum", "Average and maximum"],
    ["generalizedMean", "Generalised mean (GeM)"], ["none", "None: keep every token"]],
  vector: [["none", "None: it is one vector"]],
};

const channelNames = { rgb: "Red, green, blue", bgr: "Blue, green, red", grey: "Grey" } as const;
type Channels = keyof typeof channelNames;

/** How many numbers an image becomes. */
function featureCount({ shape }: TapCandidate, pooling: Pooling): number {
  if (pooling === "none") return shape.reduce((product, extent) => product * extent, 1);
  return shape.at(-1)! * (pooling === "averageAndMaximum" ? 2 : 1);
}

function tapRow(tap: TapCandidate, index: number): HTMLLabelElement {
  const label = document.createElement("label");
  label.className = "choice";
  const radio = document.createElement("input");
  Object.assign(radio, { type: "radio", name: "tap", value: String(index), required: true, checked: tap.chosen });
  const text = document.createElement("span");
  const name = document.createElement("strong");
  name.textContent = tap.tensor;
  const about = document.createElement("small");
  about.textContent = `${tap.chosen ? "Suggested · " : ""}${tap.kind}, ${tap.shape.map(format.count).join(" × ")} · made by ${tap.operator} ${tap.node}`;
  text.append(name, about);
  label.append(radio, text);
  return label;
}

function fillSelect(select: HTMLSelectElement, options: readonly (readonly [value: string, text: string])[], chosen: string): void {
  select.replaceChildren(...options.map(([value, text]) => new Option(text, value, value === chosen, value === chosen)));
}

export class ModelForm extends HTMLElement {
  #form!: HTMLFormElement;
  #file: File | null = null;
  #inspect: Inspect | null = null;
  #inspection: Inspection | null = null;
  #question = 0;

  connectedCallback(): void {
    this.#form = find<HTMLFormElement>(this, "form");
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#showProblem("");
      this.dispatchEvent(new CustomEvent("pith-own-encoder", { detail: offerFile(this.#file!, this.#encoder()), bubbles: true }));
    });
    // While it is typed and not when the field is left, which a click on the button does: the button would move away under it.
    this.#form.addEventListener("input", () => this.#showProblem(""));
    this.#form.addEventListener("change", (event) => this.#onChange((event.target as HTMLInputElement).name));
    const input = find<HTMLInputElement>(this, "[data-input=recipe]");
    find(this, "[data-action=recipe]").addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      const file = input.files?.[0];
      input.value = "";
      if (file) void this.readRecipe(file);
    });
    find(this, "[data-action=back]").addEventListener("click", () => this.dispatchEvent(new Event("pith-back", { bubbles: true })));
  }

  /** @param inspection  of the file, without a recipe */
  open(file: File, inspection: Inspection, inspect: Inspect): void {
    this.#file = file;
    this.#inspect = inspect;
    this.#question++;
    this.#form.reset();
    this.#input("encoderName").value = encoderName(file);
    this.#showProblem("");
    const { height, width, channels } = inspection;
    const extent = (value: number | null) => (value === null ? "any" : String(value));
    setText(find(this, ".model-name"), file.name);
    setText(find(this, ".model-about"), `${format.size(file.size)} · takes ${extent(channels)} × ${extent(height)} × ${extent(width)} (channels, height, width)`);
    for (const [name, known] of [["height", height], ["width", width]] as const) {
      const input = this.#input(name);
      input.value = String(known ?? 224);
      input.readOnly = known !== null;
    }
    const possible: Channels[] = channels === 1 ? ["grey"] : channels === null ? ["rgb", "bgr", "grey"] : ["rgb", "bgr"];
    fillSelect(this.#select("channels"), possible.map((name) => [name, channelNames[name]]), possible[0]!);
    find(this, ".recipe-details").hidden = true;
    this.#showTaps(inspection);
    this.hidden = false;
    // The suggested tap is mostly one of the last.
    const list = find(this, ".tap-list");
    const suggested = list.querySelector<HTMLElement>(".choice:has(:checked)");
    if (suggested) list.scrollTop = suggested.offsetTop - list.offsetTop;
    this.#select("preset").focus();
  }

  close(): void {
    this.hidden = true;
    this.#question++;
    this.#file = null;
  }

  showError(error: EngineError): void {
    this.#showProblem(format.error(error));
  }

  /** Takes a recipe.json over. The engine reads it first, as strictly as everywhere. */
  async readRecipe(file: File): Promise<void> {
    const text = await file.text().catch(() => null);
    if (text === null) return this.showError(pageError("readFailed", "The browser could not read the recipe.", "Check that the file is still there."));
    // An empty text would ask for no recipe at all.
    if (!(await this.#look(text || "null"))) return;
    const recipe = JSON.parse(text) as Recipe;
    [this.#input("height").value, this.#input("width").value] = recipe.size.map(String) as [string, string];
    this.#select("channels").value = recipe.channels ?? "rgb";
    this.#select("preset").value = "custom";
    this.#fill({ ...preset("unit", this.#channelCount, this.#cutPx), ...(recipe.fit === "crop" && { resizeShortest: this.#cutPx }), ...recipe }, recipe.fill);
  }

  #input = (name: string) => find<HTMLInputElement>(this.#form, `input[name=${name}]`);
  #select = (name: string) => find<HTMLSelectElement>(this.#form, `select[name=${name}]`);

  get #channelCount(): number {
    return this.#select("channels").value === "grey" ? 1 : 3;
  }

  get #cutPx(): number {
    return Math.max(Number(this.#input("height").value), Number(this.#input("width").value));
  }

  get #tap(): TapCandidate | undefined {
    const chosen = new FormData(this.#form).get("tap");
    return chosen === null ? undefined : this.#inspection?.taps[Number(chosen)];
  }

  #onChange(name: string): void {
    const chosen = this.#select("preset");
    if (name === "encoderName") return;
    if (name === "tap") this.#showPoolings();
    else if (name === "pooling" || name === "poolingPower") this.#showOutcome();
    else if (name === "preset" || name === "height" || name === "width" || name === "channels") {
      if (name !== "preset") void this.#look(JSON.stringify({ size: this.#size(), channels: this.#select("channels").value }));
      // The numbers of ImageNet are those of three channels.
      find<HTMLOptionElement>(chosen, "[value=imagenet]").disabled = this.#channelCount === 1;
      if (chosen.selectedOptions[0]?.disabled) chosen.value = "custom";
      if (chosen.value === "custom") find(this, ".recipe-details").hidden = false;
      else if (chosen.value !== "") this.#fill(preset(chosen.value as PresetName, this.#channelCount, this.#cutPx));
    } else {
      chosen.value = "custom";
      this.#showFit();
    }
  }

  #fill({ fit = "stretch", resizeShortest, resample = "bilinear", scale = 1 / 255, mean = [], std = [] }: Preparation, fill = 0): void {
    this.#select("fit").value = fit;
    this.#select("resample").value = resample;
    this.#input("resizeShortest").value = String(resizeShortest ?? this.#cutPx);
    this.#input("fill").value = String(fill);
    this.#input("scale").value = numberText(scale);
    this.#input("mean").value = mean.map(numberText).join(", ");
    this.#input("std").value = std.map(numberText).join(", ");
    find(this, ".recipe-details").hidden = false;
    this.#showFit();
  }

  #showFit(): void {
    const fit = this.#select("fit").value;
    find(this, "[data-fit=crop]").hidden = fit !== "crop";
    find(this, "[data-fit=letterbox]").hidden = fit !== "letterbox";
    if (fit === "crop" && this.#input("resizeShortest").value === "") this.#input("resizeShortest").value = String(this.#cutPx);
  }

  /** Looks into the file again. @returns whether the recipe suits it */
  async #look(recipe: string): Promise<boolean> {
    const question = ++this.#question;
    const result = await this.#inspect!(this.#file!, recipe);
    if (question !== this.#question) return false;
    if (result.ok) this.#showTaps(result.value);
    else this.showError(result.error);
    return result.ok;
  }

  #showTaps(inspection: Inspection): void {
    const before = this.#tap;
    const pooling = this.#select("pooling").value as Pooling;
    this.#inspection = inspection;
    find(this, ".tap-list").replaceChildren(...inspection.taps.map(tapRow));
    const again = inspection.taps.findIndex((tap) => tap.tensor === before?.tensor && tap.kind === before?.kind);
    if (again >= 0) this.#form.querySelectorAll<HTMLInputElement>("[name=tap]")[again]!.checked = true;
    const problem = find(this, ".tap-problem");
    const { error } = inspection;
    problem.hidden = error === null;
    if (error) setText(problem, `No place is suggested. ${format.error({ ...error, advice: "Choose one of those that come before, if it suits you." })}`);
    // What was chosen for a place stays while its size changes.
    this.#showPoolings(again >= 0 ? pooling : this.#tap?.pooling);
  }

  #showPoolings(chosen = this.#tap?.pooling): void {
    const tap = this.#tap;
    const select = this.#select("pooling");
    const options = tap ? poolings[tap.kind] : [];
    fillSelect(select, options, chosen ?? "");
    select.disabled = options.length < 2;
    this.#showOutcome();
  }

  #showOutcome(): void {
    const tap = this.#tap;
    const pooling = this.#select("pooling").value as Pooling;
    find(this, "[data-pooling=generalizedMean]").hidden = pooling !== "generalizedMean";
    find(this, ".grid-warning").hidden = !tap || tap.kind === "vector" || pooling !== "none";
    setText(find(this, ".outcome"), tap ? `${format.count(featureCount(tap, pooling))} numbers for each image.` : "");
  }

  #size(): [number, number] {
    return [parseNumber(this.#input("height").value), parseNumber(this.#input("width").value)];
  }

  #encoder(): OwnEncoder {
    const value = (name: string) => this.#input(name).value;
    const fit = this.#select("fit").value as NonNullable<Recipe["fit"]>;
    const recipe: Recipe = {
      size: this.#size(), fit,
      ...(fit === "crop" && { resizeShortest: parseNumber(value("resizeShortest")) }),
      ...(fit === "letterbox" && { fill: parseNumber(value("fill")) }),
      resample: this.#select("resample").value as NonNullable<Recipe["resample"]>,
      channels: this.#select("channels").value as Channels,
      scale: parseNumber(value("scale")), mean: parseNumbers(value("mean")), std: parseNumbers(value("std")),
    };
    const pooling = this.#select("pooling").value as Pooling;
    const power = pooling === "generalizedMean" ? { poolingPower: parseNumber(value("poolingPower")) } : {};
    return { name: value("encoderName").trim(), recipe, tap: this.#tap?.tensor ?? "", pooling, ...power };
  }

  #showProblem(text: string): void {
    const place = find(this, ".form-error[role=alert]");
    setText(place, text);
    place.hidden = text === "";
  }
}

customElements.define("pith-model-form", ModelForm);
