import { NodeFS } from '@electric-sql/pglite/nodefs';

/** What a guarded database may not do any more is an input/output error to it. */
const EIO = 29;

type Operation = (this: unknown, ...args: never[]) => unknown;
type Operations = Record<string, Operation>;

/** The files of the database as its code sees them, as far as they are guarded. */
interface FileSystem {
  readonly ErrnoError: new (errno: number) => Error;
  readonly filesystems: {
    readonly NODEFS: { readonly node_ops: Operations; readonly stream_ops: Operations };
  };
}

type Init = NodeFS['init'];

/**
 * The files of an embedded database, in a folder. Before each change of one it is checked whether the
 * folder is still this process's, so that a process that was stopped in the middle of a statement
 * writes nothing when it goes on. What it makes is for its owner alone.
 */
export class GuardedFiles extends NodeFS {
  readonly #check: () => void;

  /** `check` throws where nothing may be written. */
  constructor(folder: string, check: () => void) {
    super(folder);
    this.#check = check;
  }

  override async init(...[pg, options]: Parameters<Init>): ReturnType<Init> {
    const { emscriptenOpts } = await super.init(pg, options);
    const guard = ({ FS }: { FS: unknown }): void => {
      guardFiles(FS as FileSystem, this.#check);
    };
    return {
      emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), guard] },
    };
  }
}

const changes = {
  node_ops: ['setattr', 'mknod', 'rename', 'unlink', 'rmdir', 'symlink'],
  stream_ops: ['write', 'msync'],
} as const;

function guardFiles({ ErrnoError, filesystems: { NODEFS } }: FileSystem, check: () => void): void {
  const checkOrFail = (): void => {
    try {
      check();
    } catch {
      throw new ErrnoError(EIO);
    }
  };
  for (const kind of ['node_ops', 'stream_ops'] as const) {
    for (const name of changes[kind]) {
      const change = NODEFS[kind][name]!;
      NODEFS[kind][name] = function (...args) {
        checkOrFail();
        return change.apply(this, args);
      };
    }
  }
  keepPrivate(NODEFS.node_ops);
}

/** Takes from what is made, and from what permissions are set to, what is meant for others. */
function keepPrivate(operations: Operations): void {
  const { mknod, setattr } = operations as {
    mknod: (parent: unknown, name: string, mode: number, device: number) => unknown;
    setattr: (node: unknown, attributes: { readonly mode?: number }) => unknown;
  };
  operations['mknod'] = (parent: unknown, name: string, mode: number, device: number) =>
    mknod(parent, name, closed(mode), device);
  operations['setattr'] = (node: unknown, attributes: { readonly mode?: number }) =>
    setattr(
      node,
      attributes.mode === undefined ? attributes : { ...attributes, mode: closed(attributes.mode) },
    );
}

function closed(mode: number): number {
  return mode & ~0o077;
}
