import { defaulted, object, oneOf, required, text } from '../schema/build.ts'
import { headerName } from './names.ts'

const match = (longest: number) =>
  object({
    type: defaulted(oneOf('Exact', 'RegularExpression'), 'Exact'),
    name: required(headerName()),
    value: required(text({ min: 1, max: longest })),
  })

export const headerMatch = () => match(4096)
export const queryMatch = () => match(1024)
