import { functionPolicy } from '../../policy/functions/function-policy.ts'

export const postFunction = functionPolicy(
  'post-function',
  'Run JavaScript of the configuration after all other policies.',
)
