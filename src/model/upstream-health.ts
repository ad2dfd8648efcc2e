/** How an upstream and its targets fare at present, as those see it who send requests there. */
export interface UpstreamHealth {
  readonly id: string
  readonly name: string
  /** False when nothing ever finds a target unhealthy. */
  readonly isChecked: boolean
  /** Whether it takes requests: enough of its weight is available. */
  readonly healthy: boolean
  readonly weight: { readonly total: number; readonly available: number }
  readonly targets: readonly TargetHealth[]
}
export interface TargetHealth {
  readonly host: string
  readonly port: number
  readonly weight: number
  /** Where the addresses are from: `A`, `AAAA`, or why there are none. */
  readonly dns: string
  readonly addresses: readonly AddressHealth[]
}
export interface AddressHealth {
  readonly ip: string
  readonly port: number
  readonly weight: number
  readonly healthy: boolean
}
