# SPDX-License-Identifier: Apache-2.0
"""Writes a model card from what was recorded and measured; what was not measured is said not to have been.

    cd models && python3 -m train.card --model pith-cxr-1 --scores scores.json [--seeds A B C] [--ablation ablation.json ...]

training.json and manifest.json lie in the model's folder; scores.json is evaluate.py's. Sections follow model cards
(Mitchell et al., 2019, arXiv:1810.03993).
"""
import argparse
import json
from pathlib import Path

import numpy as np

from . import export
from .evaluate import TASKS, table

NOT_MEASURED = "not measured"


def _megabytes(count):
    return f"{count / 1e6:.1f} MB"


def summary(manifest, training):
    recipe, settings, compaction = manifest["recipe"], training["settings"], manifest.get("compaction")
    weights = ("float32; the head it was trained with (normal, bacterial, viral) is still in it, after the tensor "
               "`features`")
    if compaction:
        weights = (f"weights as {compaction['weights']} by `pith models compact`, which moves the features of the built-in "
                   f"pictures by {compaction['relativeError']:.1e} (relative L2 distance, the largest)")
    side = recipe["size"][0]
    widths = ", ".join(map(str, settings["network"]["widths"]))
    preparation = f"then (x / 255 - {recipe['mean'][0]}) / {recipe['std'][0]}"
    return f"""# {manifest["name"]}

{manifest["title"]}. Frozen and headless, it turns a chest film into {manifest["featureCount"]} numbers for small heads.

| | |
|---|---|
| Input | 1 x {side} x {side}, one grey channel; the film is stretched to the square (bilinear, antialiased), {preparation} |
| Output | {manifest["featureCount"]} features: the average of the last feature map, none of them negative |
| Network | residual network of dense 3x3 convolutions with ReLU, widths {widths}; {training["weights"] / 1e6:.2f} million weights, {training["multiplyAdds"] / 1e6:.0f} million multiply-adds a film |
| File | `{manifest["file"]}`, {_megabytes(manifest["sizeBytes"])}, opset {export.OPSET}, BatchNorm folded; {weights} |
| Licence | weights {manifest["licence"]}; attribution below |
"""


def intended_use():
    return """
## Intended use

Features of frontal chest films for training and testing small heads in research, where films cannot leave their place. It is
no medical device and gives no diagnosis. Not for lateral films, other organs or other modalities: nothing was measured there.
"""


def data(manifest, training):
    train, validation = training["films"]["train"], training["films"]["validation"]
    lines = [f"\n## Data\n\n{manifest['attribution']}\n",
             f"- {train['films']} films of {train['patients']} patients to train on; {validation['films']} films of "
             f"{validation['patients']} patients chose between checkpoints. A patient's place follows from a hash of the "
             "number in the file name; byte-identical copies were left out. Films: children of one to five years, Guangzhou."]
    if training["imagesByFormula"]:
        formula = training["settings"]["formula"]
        lines.append(f"- {training['imagesByFormula']} images by formula, of nobody: {formula['fractals']} fractals, "
                     f"{formula['contours']} contours, {formula['textures']} textures, {formula['phantoms']} phantoms of a "
                     "thorax.")
    if training["views"]:
        names = ", ".join(f"`{Path(name).name}`" for name in training["settings"]["teacher"]["models"])
        lines.append(f"- {training['views']} views of both, with the features of {names} (ImageNet, Apache-2.0) as targets.")
    return "\n".join(lines) + "\n"


def course(training):
    settings, last = training["settings"], training["validation"][-1]
    weights = ", ".join(f"{name} {value:g}" for name, value in settings["objective"].items())
    schedule = settings["schedule"]
    lines = [f"\n## Training\n\nSeed {settings['seed']}; {schedule['steps']} steps of {schedule['films']} films in two views "
             f"and {schedule['teacher_views']} views of the teachers; sides {', '.join(map(str, schedule['sides_px']))} px one "
             f"after another; AdamW, peak rate {schedule['peak_rate']:g}, half a cosine; exponential moving average of the "
             f"weights. {100 * settings['augment']['inverted']:g} % of the views are negatives. Weights of the objective: {weights}. "
             "All settings are in `training.json`; `models/train` repeats it.",
             f"\nStep {training['chosenStep']} of {last['step']} was chosen by films of validation patients that were changed in "
             "tone, sharpness, noise and framing:\n",
             "| step | AUROC pneumonia | AUROC viral |", "|---|---|---|"]
    lines += [f"| {row['step']} | {row['pneumonia']:.4f} | {row['viral']:.4f} |" for row in training["validation"]]
    return "\n".join(lines) + "\n"


def largest_fall(result):
    """(name of the shift, change of the AUROC of normal against pneumonia) where it falls most."""
    falls = {name: one["auroc"] - result[TASKS[0]]["auroc"] for name, one in result["shifts"].items()}
    name = min(falls, key=falls.get)
    return name, falls[name]


def spread(results, names):
    """Every seed's figures, their mean and sample standard deviation, over models that differ in their seed only."""
    lines = [f"\nIs it chance? {len(names)} trainings that differ in the seed only (order, augmentation, first weights), the same "
             "patients held out; the first is the one in this folder:\n",
             f"| task | mean | standard deviation | {' | '.join(names)} |", "|---" * (len(names) + 3) + "|"]

    def row(title, values):
        lines.append(f"| {title} | " + " | ".join(f"{v:.4f}" for v in [np.mean(values), np.std(values, ddof=1), *values]) + " |")

    for task in TASKS:
        if all(task in results[name] for name in names):
            row(task, [results[name][task]["auroc"] for name in names])
    row("largest fall under a change", [-largest_fall(results[name])[1] for name in names])
    return "\n".join(lines) + "\n"


def counts(result):
    """How many films and patients a score is of."""
    told = [f"{task} {one['films']} ({one['positive']}; {one['patients']})" for task in TASKS if (one := result.get(task))]
    return f"Films (of the second kind; patients): {', '.join(told)}."


def reading(results):
    """What must be known to read the figures."""
    lines = ["- Recipes of training were revised after earlier models had been measured on these same films, the held-out ones and "
             "Hannover's. So the figures of this model may be a little too good; those of public backbones are not touched by it. The "
             "held-out films are not the data set's own `test` folder: scores published for that one do not compare.",
             "- 12 bits, 8 bits: the film is softened a little, so that it lies between the levels it was stored in, and then rounded "
             "to 4,096 or 256 levels. What rounding costs is the difference of the two."]
    if any("AP / PA" in result for result in results.values()):
        lines.append("- Hannover: every DX film is PA, and AP films are wider than PA films, which shows in the square as well. Raw pixels "
                     "tell them apart, too; how far an encoder is above those counts.")
    if any(title.startswith("MobileNet") for title in results):
        lines.append("- MobileNets: Google's 8-bit networks, the teachers of this one where it had teachers. SqueezeNet: weights in "
                     "binary16. All three were trained on ImageNet.")
    return "\n" + "\n".join(lines) + "\n"


def scores(results, own, seeds):
    text = ("\n## Scores\n\nLinear probes on standardised features, the same code for every encoder (`models/train/evaluate.py`): "
            "AUROC by film, 95 % interval of 1,000 resamplings of patients. Kermany: fitted on all other patients, asked about "
            "held-out ones. AP / PA and CR / DX: Hannover, adults of another hospital (Winther et al., "
            "DOI 10.6084/m9.figshare.12275009), 10 folds that keep patients together. Below: by how much the AUROC of normal "
            "against pneumonia changes where only the films that are asked about are changed. " + counts(own) + "\n\n")
    text += table({title: result for title, result in results.items() if title not in seeds[1:]})
    text += reading(results)
    if len(seeds) > 1:
        return text + spread(results, seeds)
    return text + "\nOther seeds were not trained: how much of a difference is chance is not known.\n"


def ablation(tables):
    """One table for each set of trainings of equal length."""
    if not tables:
        return "\n## What each part brought\n\nNot measured.\n"
    lines = ["\n## What each part brought\n\nEach row is a training of its own, as long as the others in its table; what two seeds of the "
             "whole differ by is chance, and a smaller difference tells nothing. Last column: the change of the film that costs most "
             "AUROC of normal against pneumonia."]
    for rows in tables:
        lines += ["", "| training | " + " | ".join(TASKS) + " | largest fall |", "|---" * (len(TASKS) + 2) + "|"]
        for name, result in rows.items():
            cells = [f"{result[task]['auroc']:.4f}" if task in result else NOT_MEASURED for task in TASKS]
            shift, change = largest_fall(result)
            lines.append(f"| {name} | " + " | ".join(cells) + f" | {change:+.4f} ({shift}) |")
    return "\n".join(lines) + "\n"


def limits():
    return """
## Limits

- Trained on films of children of one hospital, with three labels. Adults, other hospitals and other findings: only what the
  table says. Labels come from one reading procedure, and sick and healthy children may have been filmed differently.
- Films lose their aspect ratio when they are prepared, and the training films had lost theirs.
- What it was not shown it does not know: devices, lateral films, rare findings. It cannot say that a film is foreign to it.
"""


def privacy(result):
    figures = result.get("privacy", {}) if result else {}
    cell = lambda share: f"{100 * share:.1f} %"
    rows = []
    for key, title in (("same patient", "the most similar other film is the same patient's (Hannover)"),
                       ("known image", "a film is found again from a copy that was halved, enlarged again, then JPEG quality 50")):
        one = figures.get(key)
        patients = f" of {one['patients']} patients" if one and "patients" in one else ""
        rows.append(f"| {title} | {cell(one['rank1'])} | {cell(one['chance'])} | {one['films']}{patients} |" if one
                    else f"| {title} | {NOT_MEASURED} | | |")
    one = figures.get("inversion")
    title = "a ridge decoder's picture is nearest to the right film, held-out films"
    among = f"{one['films']}, {1 / one['chance1']:.0f} at a time" if one else ""
    rows += ([f"| {title}, match@1 | {cell(one['match1'])} | {cell(one['chance1'])} | {among} |",
              f"| the right film is among the ten nearest to it, match@10 | {cell(one['match10'])} | {cell(10 * one['chance1'])} | "
              f"{among} |"] if one else [f"| {title}, match@1 | {NOT_MEASURED} | | |"])
    return ("\n## Privacy\n\nThe features are lossy, not anonymous. Simple attacks, near-duplicate films left out; better ones "
            "find more:\n\n| attack | found | chance | films |\n|---|---|---|---|\n" + "\n".join(rows) +
            "\n\nText burned into a film goes into its features. Whether the weights reveal something about the training films "
            "was not tested; those films are public.\n")


def write(model, results, seeds=(), ablations=()):
    """The text of README.md for the model folder."""
    manifest = json.loads((model / "manifest.json").read_text())
    training = json.loads((model / "training.json").read_text())
    own = results.get(manifest["name"])
    parts = [summary(manifest, training), intended_use(), data(manifest, training), course(training)]
    parts.append(scores(results, own, list(seeds)) if own else "\n## Scores\n\nNot measured.\n")
    return "".join(parts + [ablation(ablations), limits(), privacy(own)])


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python3 -m train.card", description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="the model's folder")
    parser.add_argument("--scores", type=Path, help="JSON of evaluate.py")
    parser.add_argument("--seeds", nargs="*", default=[], help="names in it of trainings that differ in the seed only, this model first")
    parser.add_argument("--ablation", type=Path, nargs="*", default=[],
                        help="JSON of evaluate.py for trainings that lack a part; a file for each length of training")
    arguments = parser.parse_args(arguments)
    read = lambda path: json.loads(path.read_text()) if path else {}
    text = write(arguments.model.resolve(), read(arguments.scores), arguments.seeds, [read(path) for path in arguments.ablation])
    export.write_text(arguments.model / "README.md", text)


if __name__ == "__main__":
    main()
