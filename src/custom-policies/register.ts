/** For processes that only test policies: `node --import …/register.ts --test`. */
import { registerModuleHooks } from './module-hooks.ts'

registerModuleHooks()
