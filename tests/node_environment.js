// Emscripten gives a program an environment of its own; the tests take these names from Node's.
Module["preRun"] = () => {
  for (const name of ["PITH_REFERENCE_DIR", "PITH_RECORD"]) {
    if (typeof ENV !== "undefined" && process.env[name]) ENV[name] = process.env[name];
  }
};
