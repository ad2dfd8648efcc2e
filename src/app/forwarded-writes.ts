import type { EntityOutcome } from '../policy/entities.ts'

interface Asked<Member> {
  readonly member: Member
  /** The number by which the worker knows its question. */
  readonly id: number
}

/** Writes of workers that the control process has: under numbers of our own, since each worker counts for itself. */
export class ForwardedWrites<Member> {
  readonly #open = new Map<number, Asked<Member>>()
  #lastNumber = 0

  /** @returns the number to ask control under. */
  asked(member: Member, id: number): number {
    this.#open.set(++this.#lastNumber, { member, id })
    return this.#lastNumber
  }

  /** @returns who asked; undefined when that was answered already. */
  answered(number: number): Asked<Member> | undefined {
    const asked = this.#open.get(number)
    this.#open.delete(number)
    return asked
  }

  /** Control is gone: nobody answers these any more. @returns all who wait. */
  abandoned(): readonly Asked<Member>[] {
    const waiting = [...this.#open.values()]
    this.#open.clear()
    return waiting
  }

  /** A worker is gone, and does not care. */
  gone(member: Member): void {
    for (const [number, asked] of this.#open) if (asked.member === member) this.#open.delete(number)
  }
}

/** What workers hear when control ended over their write. */
export const CONTROL_LOST: EntityOutcome = {
  kind: 'unavailable',
  why: 'the control process ended; the write may have been made',
}
