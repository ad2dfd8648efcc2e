import { namespace, objectName } from '../../fields/names.ts'
import { extensionReference, secretReference } from '../../fields/references.ts'
import { boolean, defaulted, list, map, object, oneOf, presence, required, text } from '../../schema/build.ts'
import { atLeastOne, exactlyOne } from '../../schema/rule.ts'
import { bodyForCheck } from '../gateway-extension/ext-auth.ts'
import { processingMode } from '../gateway-extension/ext-proc.ts'

const extensionOrNone = () => ({ extensionRef: extensionReference(), disable: presence() })

export const jwtAuth = () => object(extensionOrNone(), exactlyOne('extensionRef', 'disable'))

export const extAuthUse = () =>
  object(
    { ...extensionOrNone(), withRequestBody: bodyForCheck(), contextExtensions: map(text()) },
    exactlyOne('extensionRef', 'disable'),
  )

export const extProcUse = () =>
  object({ ...extensionOrNone(), processingMode: processingMode() }, exactlyOne('extensionRef', 'disable'))

export const oauth2Use = () => object({ extensionRef: required(extensionReference()) })

/** CEL expressions of which one must be true. */
export const rbac = () =>
  object({
    policy: required(object({ matchExpressions: required(list(text({ min: 1, max: 16384 }), { min: 1, max: 256 })) })),
    action: defaulted(oneOf('Allow', 'Deny'), 'Allow'),
  })

export const basicAuth = () =>
  object(
    {
      users: list(text(), { min: 1, max: 256 }),
      secretRef: object({
        name: required(objectName()),
        namespace: namespace(),
        key: defaulted(text({ min: 1 }), '.htpasswd'),
      }),
      disable: presence(),
    },
    exactlyOne('users', 'secretRef', 'disable'),
  )

const place = () => text({ min: 1, max: 256 })

export const apiKeyAuth = () =>
  object(
    {
      secretRef: secretReference(),
      secretSelector: object({ matchLabels: required(map(text())) }),
      disable: presence(),
      keySources: list(
        object({ header: place(), query: place(), cookie: place() }, atLeastOne('header', 'query', 'cookie')),
        { min: 0, max: 16 },
      ),
      forwardCredential: boolean(),
      clientIdHeader: text(),
    },
    exactlyOne('secretRef', 'secretSelector', 'disable'),
  )
