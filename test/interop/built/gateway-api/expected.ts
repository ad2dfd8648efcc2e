/** Extended features of the suite that we serve; those of the core come with the profiles. */
export const features: readonly string[] = [
  'BackendTLSPolicy',
  'GRPCRouteNamedRouteRule',
  'GatewayHTTPListenerIsolation',
  'GatewayPort8080',
  'HTTPRoute303RedirectStatusCode',
  'HTTPRoute307RedirectStatusCode',
  'HTTPRoute308RedirectStatusCode',
  'HTTPRouteBackendProtocolH2C',
  'HTTPRouteBackendProtocolWebSocket',
  'HTTPRouteBackendRequestHeaderModification',
  'HTTPRouteBackendTimeout',
  'HTTPRouteCORS',
  'HTTPRouteDestinationPortMatching',
  'HTTPRouteHostRewrite',
  'HTTPRouteMethodMatching',
  'HTTPRouteNamedRouteRule',
  'HTTPRouteParentRefPort',
  'HTTPRoutePathRedirect',
  'HTTPRoutePathRewrite',
  'HTTPRoutePortRedirect',
  'HTTPRouteQueryParamMatching',
  'HTTPRouteRequestTimeout',
  'HTTPRouteResponseHeaderModification',
  'HTTPRouteSchemeRedirect',
  'ListenerSet',
]

/** Tests that fail, and why. */
export const expectedFailures: Readonly<Record<string, string>> = {
  GatewayHTTPListenerIsolation:
    'HTTP listeners of one port share their virtual hosts, as kgateway has Envoy do: a route that names a host itself is served for it although another listener names that host more closely.',
}
