import { functionPolicy } from '../../policy/functions/function-policy.ts'

export const preFunction = functionPolicy(
  'pre-function',
  'Run JavaScript of the configuration before all other policies.',
)
