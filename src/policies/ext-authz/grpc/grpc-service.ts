import { peerCertificate } from '../../../policy/cel/peer-certificate.ts'
import type { Exchange } from '../../../policy/exchange.ts'
import type { Authorizer } from '../authorizer.ts'
import { type Decision, undecided } from '../decision.ts'
import type { Question } from '../question.ts'
import type { Config } from '../schema.ts'
import { encodeCheckRequest } from './check-request.ts'
import { decodeCheckResponse } from './check-response.ts'
import type { UnaryClient } from './unary-client.ts'

const CHECK = '/envoy.service.auth.v3.Authorization/Check'

/** Asks Envoy's `Authorization` service. */
export class GrpcService implements Authorizer {
  readonly #client: Pick<UnaryClient, 'call'>
  readonly #config: Config

  constructor(client: Pick<UnaryClient, 'call'>, config: Config) {
    this.#client = client
    this.#config = config
  }

  async ask(question: Question, exchange: Exchange, timeoutMs: number): Promise<Decision> {
    const { id, now, clientIp, connection, scheme, httpVersion, clientCertificate } = exchange
    const { contextExtensions, body } = this.#config
    const asked = encodeCheckRequest(question, {
      ...{ id, now, clientIp, connection, scheme, httpVersion, contextExtensions },
      principal: clientCertificate === null ? '' : principalOf(clientCertificate),
      asBytes: body?.asBytes ?? false,
    })
    let answer: Uint8Array
    try {
      answer = await this.#client.call(CHECK, asked, timeoutMs)
    } catch (error) {
      return undecided((error as Error).message)
    }
    try {
      return decodeCheckResponse(answer)
    } catch {
      return undecided('the answer is no CheckResponse', false)
    }
  }
}

/** As Envoy: the first URI of the certificate, or its first DNS name, or its subject. */
function principalOf(der: Uint8Array): string {
  const { uriSan, dnsSan, subject } = peerCertificate(der)
  return uriSan ?? dnsSan ?? subject
}
