import { checkCommand } from './check-command.ts'
import type { Command, Group } from './command.ts'
import { completionCommand } from './completion/completion-command.ts'
import { consumerGroup } from './consumer/consumer-commands.ts'
import { convertCommand } from './convert-command.ts'
import { credentialGroup } from './credential/credential-group.ts'
import { jwtCredentials } from './credential/jwt-credentials.ts'
import {
  groupMemberships,
  hmacCredentials,
  keyCredentials,
  oauth2Clients,
  passwordCredentials,
} from './credential/other-credentials.ts'
import { demoCommand } from './demo/demo-command.ts'
import { applyCommand } from './entities/apply-command.ts'
import { deleteCommand } from './entities/delete-command.ts'
import { diffCommand } from './entities/diff-command.ts'
import { dumpCommand } from './entities/dump-command.ts'
import { getCommand } from './entities/get-command.ts'
import { infraGroup } from './infra/infra-commands.ts'
import { policyGroup } from './policy/policy-commands.ts'
import { routeGroup } from './route/route-commands.ts'
import { runCommandLine } from './run-command-line.ts'
import { startCommand } from './start/start-command.ts'
import { storeGroup } from './store/store-commands.ts'
import { tokenGroup } from './token/token-commands.ts'
import { vaultGroup } from './vault/vault-commands.ts'

/** Everything the command line can do, in the order in which help lists it. */
export const commands: readonly (Command | Group)[] = [
  startCommand,
  checkCommand,
  convertCommand,
  demoCommand((words, io) => runCommandLine(commands, words, io)),
  getCommand,
  diffCommand,
  applyCommand,
  dumpCommand,
  deleteCommand,
  routeGroup,
  consumerGroup,
  credentialGroup(jwtCredentials),
  credentialGroup(keyCredentials),
  credentialGroup(passwordCredentials),
  credentialGroup(hmacCredentials),
  credentialGroup(oauth2Clients),
  credentialGroup(groupMemberships),
  tokenGroup,
  infraGroup,
  vaultGroup,
  storeGroup,
  policyGroup,
  completionCommand(() => commands),
]
