import type { AnyPolicy } from '../policy/policy.ts'

const OFF =
  'functions of a configuration run as code of the gateway, and are off: start it with --functions on ' +
  '(functions: on in sallyport.yaml, SALLYPORT_FUNCTIONS=on) if everybody who may write its configuration may do that'

/** The policies with the functions of their configs refused: when they are written, and again when they would run. */
export function withoutFunctions(policies: readonly AnyPolicy[]): readonly AnyPolicy[] {
  return policies.map((policy): AnyPolicy => {
    const { functionFields } = policy
    if (functionFields === undefined) return policy
    return {
      ...policy,
      check(config) {
        const fields = functionFields(config)
        if (fields.length === 0) return policy.check?.(config) ?? {}
        return Object.fromEntries(fields.map((field) => [field, OFF]))
      },
      compile(config, tools) {
        if (functionFields(config).length > 0) throw new Error(OFF)
        return policy.compile(config, tools)
      },
    }
  })
}
