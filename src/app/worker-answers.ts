/** Questions to several processes, each answered when all have answered, are gone, or the time is over. */
export class WorkerAnswers<Member> {
  readonly #open = new Map<number, { readonly waiting: Set<Member>; readonly texts: string[]; done(): void }>()
  #lastId = 0

  /** @param send asks one of them. @returns what they said, and who did not say anything. */
  async ask(
    members: readonly Member[],
    patienceMs: number,
    send: (member: Member, id: number) => void,
  ): Promise<{ readonly texts: readonly string[]; readonly silent: readonly Member[] }> {
    const id = ++this.#lastId
    const waiting = new Set(members)
    const texts: string[] = []
    if (waiting.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, patienceMs)
        const done = () => {
          clearTimeout(timer)
          resolve()
        }
        this.#open.set(id, { waiting, texts, done })
        for (const member of members) send(member, id)
      })
      this.#open.delete(id)
    }
    return { texts, silent: [...waiting] }
  }

  answered(id: number, member: Member, text: string): void {
    const question = this.#open.get(id)
    if (question === undefined || !question.waiting.delete(member)) return
    question.texts.push(text)
    if (question.waiting.size === 0) question.done()
  }

  /** A process that ended answers nothing any more. */
  gone(member: Member): void {
    for (const question of this.#open.values()) {
      if (question.waiting.delete(member) && question.waiting.size === 0) question.done()
    }
  }
}
