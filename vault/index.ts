export { type Connection, masked, parseConnection } from './connection';
export { openVault, type VaultOptions, vaultOf } from './open';
export type { Redactor } from './redactor';
export { type CommandOptions, commandSource, environmentSource, fileSource, type Kind, type Source } from './sources';
export { isSecretVariable, type Listed, Vault } from './vault';
