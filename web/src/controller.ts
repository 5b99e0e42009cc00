// SPDX-License-Identifier: Apache-2.0
// Wires the widgets to the session and the workers.
import type { EncoderInfo } from "./api/pith";
import { pageError } from "./api/result";
import type { EngineError } from "./api/result";
import { type EncoderOffer, isModelFile, offerPackage, packagesBeside } from "./encoders";
import { fetchEngineFiles } from "./engine_files";
import { keepForOfflineUse } from "./offline";
import { fetchSamples } from "./samples";
import { type IncomingFile, Session } from "./session";
import { ContainerDialog } from "./ui/container_dialog";
import { download, fileName } from "./ui/download";
import { find, setText } from "./ui/elements";
import type { ChosenEncoder, EncoderChoice } from "./ui/encoder_choice";
import * as format from "./ui/format";
import type { FileDrop } from "./ui/file_drop";
import type { ImageGrid } from "./ui/image_grid";
import type { Notices } from "./ui/notices";
import type { ProgressView } from "./ui/progress";
import type { RefusedList } from "./ui/refused_list";
import type { SaveForm, SaveRequest } from "./ui/save_form";
import { EngineUnavailable, workerCount, WorkerPool } from "./worker/pool";
import type { EncoderSource } from "./worker/protocol";

type Engine = NonNullable<Awaited<ReturnType<typeof fetchEngineFiles>>>;

const isContainer = ({ file }: IncomingFile) => /\.pith$/i.test(file.name);

export class Controller {
  #session = new Session();
  #pool: WorkerPool | null = null;
  #encoder: EncoderInfo | null = null;
  #engine: Engine | null = null;
  #drop = find<FileDrop>(document, "pith-file-drop");
  #grid = find<ImageGrid>(document, "pith-image-grid");
  #choice = find<EncoderChoice>(document, "pith-encoder-choice");
  #progress = find<ProgressView>(document, "pith-progress");
  #refused = find<RefusedList>(document, "pith-refused-list");
  #form = find<SaveForm>(document, "pith-save-form");
  #notices = find<Notices>(document, "pith-notices");
  #dialog = new ContainerDialog();
  #clear = find(document, "#clear");
  #isUpdateDue = false;
  #hasUnsaved = false;
  #waitingContainer: File | null = null;

  constructor() {
    this.#session.addEventListener("change", () => this.#scheduleUpdate());
    this.#session.addEventListener("unavailable", (event) => this.#showFatal((event as CustomEvent<EngineError>).detail));
    this.#drop.addEventListener("pith-files", (event) => this.#add((event as CustomEvent<IncomingFile[]>).detail));
    this.#drop.addEventListener("pith-samples", () => void this.#addSamples());
    this.#drop.addEventListener("pith-unreadable", () => this.#notices.show("The browser could not read what was dropped. Try the buttons instead."));
    this.#choice.addEventListener("pith-encoder", (event) => void this.#changeEncoder((event as CustomEvent<ChosenEncoder>).detail));
    this.#grid.addEventListener("pith-remove", (event) => this.#remove([(event as CustomEvent<number>).detail]));
    this.#clear.addEventListener("click", () => this.#remove([...this.#session.items].map((item) => item.id)));
    this.#progress.addEventListener("pith-stop", () => this.#session.stop());
    this.#progress.addEventListener("pith-resume", () => this.#session.resume());
    this.#progress.addEventListener("pith-drop-rest", () => this.#removeIn("waiting"));
    this.#refused.addEventListener("pith-dismiss-refused", () => this.#removeIn("refused"));
    this.#form.addEventListener("pith-save", (event) => void this.#save((event as CustomEvent<SaveRequest>).detail));
    window.addEventListener("beforeunload", (event) => { if (this.#hasUnsaved) event.preventDefault(); });
  }

  async start(): Promise<void> {
    try {
      const offer = offerPackage(packagesBeside[0]!);
      const [engine, encoder] = await Promise.all([fetchEngineFiles({ sameBits: false }), offer.open()]);
      if (!engine) {
        return this.#showFatal(pageError("unsupportedBrowser", "This browser is too old: it lacks WebAssembly SIMD or WebAssembly exceptions.",
          "Use Chrome or Edge 95, Firefox 100, Safari 16.4, or anything newer."));
      }
      await this.#useEncoder(engine, offer, encoder);
      this.#choice.useEngine((file, recipe) => this.#pool!.inspect(file, recipe));
      if (this.#waitingContainer) void this.#openContainer(this.#waitingContainer);
    } catch (error) {
      this.#showFatal(error instanceof EngineUnavailable ? error.reason
        : pageError("engineFailure", `A part of this page could not be loaded. ${error instanceof Error ? error.message : ""}`, "Check that the server runs, and reload."));
    }
    await this.#keepOffline();
  }

  /** Starts workers with an encoder; only when one runs do they take the place of those before. @throws EngineUnavailable */
  async #useEncoder(engine: Engine, offer: EncoderOffer, source: EncoderSource): Promise<void> {
    const { script, files } = engine;
    const memoryGiB = (navigator as { deviceMemory?: number }).deviceMemory ?? 4;
    const size = workerCount({ cores: navigator.hardwareConcurrency || 2, memoryGiB, modelBytes: source.modelFile.size });
    const pool = new WorkerPool(script, files, source, size);
    this.#encoder = await pool.start();
    const before = this.#pool;
    this.#engine = engine;
    this.#pool = pool;
    this.#session.useEngine(pool);
    this.#update();  // at once, so that nothing old is shown when the dialog closes
    before?.stop();
    this.#choice.showChosen(offer, this.#encoder, { sameBits: files.engine.variant === "simd" });
    this.#showMode(offer);
  }

  async #changeEncoder({ offer, sameBits }: ChosenEncoder): Promise<void> {
    const again = this.#session.counts.done;
    try {
      const isSame = (this.#engine!.files.engine.variant === "simd") === sameBits;
      const [engine, source] = await Promise.all([isSame ? this.#engine! : fetchEngineFiles({ sameBits }), offer.open()]);
      await this.#useEncoder(engine!, offer, source);
      const images = again > 0 ? ` ${format.images(again)} ${again === 1 ? "is" : "are"} encoded again.` : "";
      this.#notices.show(`${offer.name} encodes from now on.${images}`);
    } catch (error) {
      this.#choice.showError(error instanceof EngineUnavailable ? error.reason
        : pageError("readFailed", `The model could not be loaded. ${error instanceof Error ? error.message : ""}`, "Check that the server runs, and try again."));
    }
  }

  async #keepOffline(): Promise<void> {
    const isKept = await keepForOfflineUse(() => this.#session.size === 0);
    document.body.dataset.offline = isKept ? "ready" : "unavailable";
    if (isKept) setText(find(document, "#local-state"), "Runs on this computer only, also offline");
  }

  #showMode({ about, provisional }: EncoderOffer): void {
    const { name, featureCount, engine } = this.#encoder!;
    const variant = this.#engine!.files.engine.variant === "relaxed" ? "relaxed SIMD" : "SIMD, same bits everywhere";
    const workers = this.#pool!.size === 1 ? "1 worker" : `${this.#pool!.size} workers`;
    const mode = find(document, "#mode");
    setText(mode, `Encoder ${name}${provisional ? ", provisional" : ""} · ${format.count(featureCount)} numbers an image · WebAssembly, ${variant} · ${workers}`);
    mode.title = `${engine}. ${about}`;
    document.body.dataset.engine = "ready";
  }

  #showFatal(error: EngineError): void {
    const place = find(document, "#fatal");
    place.textContent = `${format.sentence(error.detail)} ${error.advice}`;
    place.hidden = false;
    setText(find(document, "#mode"), "Not running");
  }

  #add(incoming: IncomingFile[]): void {
    const container = incoming.find(isContainer);
    if (container) void this.#openContainer(container.file);
    const isTaken = this.#takeModel(incoming);
    const images = incoming.filter((entry) => !isContainer(entry) && !isTaken(entry));
    if (images.length === 0) return;
    this.#hasUnsaved = true;
    const added = this.#session.add(images);
    if (added < images.length) this.#notices.show(`${format.images(images.length - added)} ${images.length - added === 1 ? "was" : "were"} in the list already.`);
    else this.#notices.hide();
  }

  /** Model files are no images, nor is a recipe that comes with one. @returns which files were taken */
  #takeModel(incoming: IncomingFile[]): (entry: IncomingFile) => boolean {
    const isModel = ({ file }: IncomingFile) => isModelFile(file.name);
    const model = incoming.find(isModel);
    const recipe = incoming.find(({ file }) => /\.json$/i.test(file.name));
    const takesRecipe = recipe !== undefined && (model !== undefined || this.#choice.wantsRecipe);
    if (incoming.filter(isModel).length > 1) this.#notices.show(`One model at a time: ${model!.file.name} is read.`);
    if (model) void this.#choice.openModel(model.file, recipe?.file ?? null);
    else if (takesRecipe) void this.#choice.readRecipe(recipe.file);
    return (entry) => isModel(entry) || (takesRecipe && entry === recipe);
  }

  async #addSamples(): Promise<void> {
    try {
      this.#add((await fetchSamples()).map((file) => ({ file, folder: null })));
    } catch (error) {
      this.#notices.show(`The sample images could not be loaded. ${error instanceof Error ? error.message : ""}`);
    }
  }

  #remove(ids: number[]): void {
    const removed = this.#session.remove(ids);
    if (removed > 0) this.#notices.show(`${format.images(removed)} removed.`, { label: "Undo", run: () => this.#session.undo() });
  }

  #removeIn(state: "waiting" | "refused"): void {
    this.#remove([...this.#session.items].filter((item) => item.state === state).map((item) => item.id));
  }

  async #openContainer(file: File): Promise<void> {
    this.#waitingContainer = this.#pool ? null : file;
    if (this.#pool) this.#dialog.show(file, await this.#pool.describe(file));
  }

  async #save({ dataset, featureType, labelsFromFolders }: SaveRequest): Promise<void> {
    if (!this.#pool || !this.#encoder) return;
    this.#form.showSaving();
    const { labelColumns, records } = this.#session.records(labelsFromFolders);
    const result = await this.#pool.finish({
      dataset, encoder: this.#encoder, labelColumns, featureType,
      records: records.map(({ item, labels }) => ({ features: item.features!, labels })),
    });
    if (!result.ok) return this.#form.showError(result.error);
    const { file, description } = result.value;
    const name = fileName(dataset.title);
    download(file, name);
    this.#hasUnsaved = false;
    this.#form.showSaved(name, file.byteLength, description);
  }

  /** Many images may change between two pictures on the screen. */
  #scheduleUpdate(): void {
    if (this.#isUpdateDue) return;
    this.#isUpdateDue = true;
    setTimeout(() => {
      this.#isUpdateDue = false;
      this.#update();
    }, 50);
  }

  #update(): void {
    const featureCount = this.#encoder?.featureCount ?? 0;
    document.body.classList.toggle("is-empty", this.#session.size === 0);
    this.#clear.hidden = this.#session.size === 0;
    this.#grid.update(this.#session);
    this.#progress.update(this.#session, featureCount);
    this.#refused.update(this.#session);
    this.#form.update(this.#session, featureCount);
    if (this.#session.size === 0) this.#hasUnsaved = false;
  }
}
