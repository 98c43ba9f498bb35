using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "tests", worker = .tests)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "tests")],
);

const tests :Workerd.Worker = (
  modules = [
    (name = "worker.mjs", esModule = embed "worker.mjs"),
    (name = "tests.mjs", esModule = embed "tests.mjs"),
  ],
  compatibilityDate = "2026-06-01",
  # For AsyncLocalStorage.
  compatibilityFlags = ["nodejs_compat"],
);
