// SPDX-License-Identifier: Apache-2.0
import { SetupError } from "../../../tools/setup/shell.mjs";

export const usage = `npm run bench:peers -- [MODEL...] [--only chromium|node] [--seconds S] [--rounds N] [--json FILE]

The engine beside what a page could use instead, in one run on one machine: onnxruntime-web, TensorFlow.js, LiteRT.js.

  MODEL          one or several; without any, all of them are measured:
MODELS
  --only PLACE   only in headless Chromium, or only under Node
  --seconds S    how long each engine runs in each round (3)
  --rounds N     how often all engines are run in turn; medians of the rounds are printed (3)
  --json FILE    all figures, with the machine and the versions, into FILE
  --help         this text`;

function positive(name, text) {
  const number = Number(text);
  if (!(number > 0)) throw new SetupError(`${name} takes a number above 0, not '${text ?? ""}'`);
  return number;
}

/**
 * @param {string[]} words  of the command line
 * @param {string[]} known  names of models
 * @returns {{help: boolean, models: string[], only: string | null, seconds: number, rounds: number, json: string | null}}
 */
export function parseArguments(words, known) {
  const options = { help: false, models: [], only: null, seconds: 3, rounds: 3, json: null };
  for (let i = 0; i < words.length; ++i) {
    const word = words[i];
    if (word === "--help") options.help = true;
    else if (word === "--seconds") options.seconds = positive(word, words[++i]);
    else if (word === "--rounds") options.rounds = Math.ceil(positive(word, words[++i]));
    else if (word === "--only") {
      options.only = words[++i];
      if (options.only !== "chromium" && options.only !== "node") throw new SetupError(`--only takes chromium or node, not '${options.only ?? ""}'`);
    } else if (word === "--json") {
      options.json = words[++i];
      if (!options.json) throw new SetupError("--json takes the name of a file");
    } else if (known.includes(word)) options.models.push(word);
    else throw new SetupError(`'${word}' is no option and no model; the models are ${known.join(", ")}`);
  }
  if (options.models.length === 0) options.models = known;
  return options;
}
