import type { Exchange } from '../../policy/exchange.ts'
import type { Decision } from './decision.ts'
import type { Question } from './question.ts'

/** Who decides. */
export interface Authorizer {
  /** Asks once. Never rejects: what can't be decided is a decision too. */
  ask(question: Question, exchange: Exchange, timeoutMs: number): Promise<Decision>
}
