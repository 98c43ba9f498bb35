import { replace } from './host.ts';

/**
 * As much of the `Reflect` metadata API as frameworks build on: values by key, kept for an object
 * (or for one of its members) in a weak map, and inherited along prototypes.
 */
class MetadataStore {
  readonly #byTarget = new WeakMap<object, Map<unknown, unknown>>();

  readonly defineMetadata = (key: unknown, value: unknown, target: object): void => {
    const own = this.#byTarget.get(target) ?? new Map<unknown, unknown>();
    own.set(key, value);
    this.#byTarget.set(target, own);
  };

  readonly getMetadata = (key: unknown, target: object): unknown => {
    const holder = chainOf(target).find((object) => this.#byTarget.get(object)?.has(key));
    return holder === undefined ? undefined : this.#byTarget.get(holder)!.get(key);
  };

  readonly getMetadataKeys = (target: object): unknown[] =>
    chainOf(target).flatMap((object) => [...(this.#byTarget.get(object)?.keys() ?? [])]);
}

/** An object and its prototypes. */
function chainOf(target: object): object[] {
  const parent = Object.getPrototypeOf(target) as object | null;
  return parent === null ? [target] : [target, ...chainOf(parent)];
}

/** Gives the host the metadata API; what it returns takes it away again. */
export function installMetadata(): () => void {
  const store = new MetadataStore();
  const restores = (['defineMetadata', 'getMetadata', 'getMetadataKeys'] as const).map((name) =>
    replace(Reflect, name, store[name]),
  );
  return () => {
    for (const restore of restores) restore();
  };
}

interface ReflectWithMetadata {
  defineMetadata(key: unknown, value: unknown, target: object): void;
  getMetadata(key: unknown, target: object): unknown;
}

/** Reads the metadata of an object. */
export function metadataOf(key: unknown, target: object): unknown {
  return (Reflect as unknown as ReflectWithMetadata).getMetadata(key, target);
}

/** A decorator as frameworks have them: notes a value on the method's function. */
export function note(key: unknown, value: unknown) {
  return (_target: object, _name: string | symbol, descriptor: PropertyDescriptor): void => {
    (Reflect as unknown as ReflectWithMetadata).defineMetadata(
      key,
      value,
      descriptor.value as object,
    );
  };
}
