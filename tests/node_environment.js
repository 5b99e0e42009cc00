// Emscripten gives a program an environment of its own; the tests take one name from Node's.
Module["preRun"] = () => {
  if (typeof ENV !== "undefined" && process.env.PITH_REFERENCE_DIR) ENV.PITH_REFERENCE_DIR = process.env.PITH_REFERENCE_DIR;
};
