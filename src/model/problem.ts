/** Something wrong with a configuration, said so that the reader can mend it. Stays on the element that has it. */
export interface Problem {
  /** The file or source, as the user named it. */
  readonly source: string
  /** 1-based, or null when the text has no lines. */
  readonly line: number | null
  /** Path of the element, e.g. `services[0].routes[1].paths`. */
  readonly path: string
  /** What is wrong and, where it helps, what would be right. */
  readonly message: string
}

export function problemText(problem: Problem): string {
  const place = problem.line === null ? problem.source : `${problem.source}:${problem.line}`
  return problem.path === '' ? `${place}: ${problem.message}` : `${place}: ${problem.path}: ${problem.message}`
}
