import { NodeFS } from '@electric-sql/pglite/nodefs';

/** The error for a write that is not allowed any more: input/output error. */
const EIO = 29;

type Operation = (this: unknown, ...args: never[]) => unknown;
type Operations = Record<string, Operation>;

/** The part of the database's file system that is guarded. */
interface FileSystem {
  readonly ErrnoError: new (errno: number) => Error;
  readonly filesystems: {
    readonly NODEFS: { readonly node_ops: Operations; readonly stream_ops: Operations };
  };
}

type Init = NodeFS['init'];

/**
 * The files of an embedded database in a folder. Each change first checks that this process still has
 * the folder. So a process that was suspended in the middle of a statement writes nothing when it
 * continues after another one has taken over. New files are accessible to their owner only.
 */
export class GuardedFiles extends NodeFS {
  readonly #check: () => void;

  /** `check` throws if nothing may be written. */
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

/** Removes the permissions of others from new files, and from changes of permissions. */
function keepPrivate(operations: Operations): void {
  const { mknod, setattr } = operations as {
    mknod: (parent: unknown, name: string, mode: number, device: number) => unknown;
    setattr: (node: unknown, attributes: { readonly mode?: number }) => unknown;
  };
  operations['mknod'] = (parent: unknown, name: string, mode: number, device: number) =>
    mknod(parent, name, withoutOthers(mode), device);
  operations['setattr'] = (node: unknown, attributes: { readonly mode?: number }) =>
    setattr(
      node,
      attributes.mode === undefined
        ? attributes
        : { ...attributes, mode: withoutOthers(attributes.mode) },
    );
}

function withoutOthers(mode: number): number {
  return mode & ~0o077;
}
