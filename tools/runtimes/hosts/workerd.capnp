using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "tests", worker = .tests),
    # The HTTP server of the tests is on this machine.
    (name = "loopback", network = (allow = ["local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "tests")],
);

const tests :Workerd.Worker = (
  modules = [
    (name = "worker.mjs", esModule = embed "worker.mjs"),
    (name = "tests.mjs", esModule = embed "tests.mjs"),
  ],
  bindings = [(name = "HIGHWAY_TEST_ORIGIN", fromEnvironment = "HIGHWAY_TEST_ORIGIN")],
  globalOutbound = "loopback",
  compatibilityDate = "2026-06-01",
  # For AsyncLocalStorage.
  compatibilityFlags = ["nodejs_compat"],
);
