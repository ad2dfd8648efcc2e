import type { Exchange } from '../../../policy/exchange.ts'
import type { Client } from '../clients.ts'
import type { Flow } from '../flow.ts'
import type { Issued } from '../issue-token.ts'
import type { Parameters } from '../parameters.ts'

/** What a client that proved itself may get a token for. */
export type Grant = (flow: Flow, client: Client, parameters: Parameters, exchange: Exchange) => Promise<Issued>
