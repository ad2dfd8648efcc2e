import { type Problem, problemText } from '../model/problem.ts'

/** Problems of a source that is read again and again: each is told when it appears, not once more with every edit. */
export class NewProblems<P extends Problem> {
  #told: ReadonlySet<string> = new Set()

  /** Those of a reading that the reading before did not have. */
  of(problems: readonly P[]): P[] {
    const before = this.#told
    this.#told = new Set(problems.map(problemText))
    return problems.filter((problem) => !before.has(problemText(problem)))
  }
}
