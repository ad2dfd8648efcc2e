export const GATEWAY_API = 'gateway.networking.k8s.io'
export const KGATEWAY = 'gateway.kgateway.dev'
/** By which GatewayClasses and statuses tell kgateway from other controllers. We stand in its place. */
export const CONTROLLER = 'kgateway.dev/kgateway'
