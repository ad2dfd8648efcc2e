/** A node of a radix tree: a piece of text, what ends there, and the nodes that go on from it. */
export interface RadixNode<T> {
  label: string
  /** Items whose whole key ends here, in the order the tree was given; null when the node only splits others. */
  items: T[] | null
  children: Map<number, RadixNode<T>> | null
}

/**
 * Items by text key; a walk along a text meets every item whose key is a prefix of it. The cost of a walk depends on the
 * text, not on how many keys there are.
 */
export class RadixTree<T> {
  readonly root: RadixNode<T> = { label: '', items: null, children: null }
  readonly #before: (a: T, b: T) => boolean

  /** @param before whether `a` stands before `b` among the items of one key. */
  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before
  }

  get isEmpty(): boolean {
    return this.root.items === null && this.root.children === null
  }

  add(key: string, item: T): void {
    const node = this.#nodeFor(key)
    if (node.items === null) {
      node.items = [item]
      return
    }
    let low = 0
    let high = node.items.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#before(node.items[middle]!, item)) low = middle + 1
      else high = middle
    }
    node.items.splice(low, 0, item)
  }

  /** Removes this very item; nothing happens when it is not there. */
  remove(key: string, item: T): void {
    const path = this.#pathTo(key)
    const node = path?.at(-1)
    const index = node?.items?.indexOf(item) ?? -1
    if (path === null || node === undefined || index < 0) return
    node.items!.splice(index, 1)
    if (node.items!.length === 0) node.items = null
    this.#tidy(path)
  }

  #nodeFor(key: string): RadixNode<T> {
    let node = this.root
    let at = 0
    while (at < key.length) {
      const child = node.children?.get(key.charCodeAt(at))
      if (child === undefined) {
        const leaf: RadixNode<T> = { label: key.slice(at), items: null, children: null }
        attach(node, leaf)
        return leaf
      }
      const shared = sharedLength(child.label, key, at)
      if (shared < child.label.length) {
        const upper: RadixNode<T> = { label: child.label.slice(0, shared), items: null, children: null }
        child.label = child.label.slice(shared)
        attach(upper, child)
        attach(node, upper)
        node = upper
      } else node = child
      at += shared
    }
    return node
  }

  /** The nodes from the root to the one of that key, or null. */
  #pathTo(key: string): RadixNode<T>[] | null {
    const path = [this.root]
    let at = 0
    while (at < key.length) {
      const child = path.at(-1)!.children?.get(key.charCodeAt(at))
      if (child === undefined || !key.startsWith(child.label, at)) return null
      path.push(child)
      at += child.label.length
    }
    return path
  }

  /** Takes out nodes that hold nothing any more and joins those that no longer split anything. */
  #tidy(path: RadixNode<T>[]): void {
    for (let depth = path.length - 1; depth > 0; depth--) {
      const node = path[depth]!
      const parent = path[depth - 1]!
      if (node.items !== null) return
      if (node.children === null) {
        parent.children!.delete(node.label.charCodeAt(0))
        if (parent.children!.size === 0) parent.children = null
      } else if (node.children.size === 1) {
        const only = node.children.values().next().value!
        only.label = node.label + only.label
        attach(parent, only)
        return
      } else return
    }
  }
}

function attach<T>(parent: RadixNode<T>, child: RadixNode<T>): void {
  parent.children ??= new Map()
  parent.children.set(child.label.charCodeAt(0), child)
}

function sharedLength(label: string, key: string, at: number): number {
  let n = 0
  while (n < label.length && at + n < key.length && label.charCodeAt(n) === key.charCodeAt(at + n)) n++
  return n
}
