import type {
  AclEntry,
  AclFilter as KafkajsFilter,
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes
} from 'kafkajs'
import type { Acl, AclFilter, AclOperation, AclResource } from '../../../ports/admin.js'

/** `ANY` of each of Kafka's enumerations. */
const any = 1

/** Names by Kafka's numbers, typed as an enumeration of kafkajs, and the reverse. */
const numbered = <Name extends string, Enum extends number>(
  names: Readonly<Record<Name, number>>,
  unknown: Name
): { readonly number: (name: Name | undefined) => Enum; readonly name: (number: number) => Name } => {
  const byNumber = new Map(Object.entries(names).map(([name, number]) => [number, name as Name]))
  return {
    number: (name) => (name === undefined ? any : names[name]) as Enum,
    name: (number) => byNumber.get(number) ?? unknown
  }
}

const resources = numbered<AclResource, AclResourceTypes>(
  { UNKNOWN: 0, TOPIC: 2, GROUP: 3, CLUSTER: 4, TRANSACTIONAL_ID: 5, DELEGATION_TOKEN: 6, USER: 7 },
  'UNKNOWN'
)
const operations = numbered<AclOperation, AclOperationTypes>(
  {
    UNKNOWN: 0,
    ALL: 2,
    READ: 3,
    WRITE: 4,
    CREATE: 5,
    DELETE: 6,
    ALTER: 7,
    DESCRIBE: 8,
    CLUSTER_ACTION: 9,
    DESCRIBE_CONFIGS: 10,
    ALTER_CONFIGS: 11,
    IDEMPOTENT_WRITE: 12,
    CREATE_TOKENS: 13,
    DESCRIBE_TOKENS: 14
  },
  'UNKNOWN'
)
const permissions = numbered<Acl['permission'], AclPermissionTypes>({ DENY: 2, ALLOW: 3 }, 'ALLOW')
const patterns = numbered<NonNullable<AclFilter['pattern']>, ResourcePatternTypes>(
  { MATCH: 2, LITERAL: 3, PREFIXED: 4 },
  'LITERAL'
)

export const numberedAcl = (acl: Acl): AclEntry => ({
  resourceType: resources.number(acl.resource),
  resourceName: acl.name,
  resourcePatternType: patterns.number(acl.pattern),
  principal: acl.principal,
  host: acl.host,
  operation: operations.number(acl.operation),
  permissionType: permissions.number(acl.permission)
})

export const numberedFilter = (filter: AclFilter): KafkajsFilter => ({
  resourceType: resources.number(filter.resource),
  resourcePatternType: patterns.number(filter.pattern),
  operation: operations.number(filter.operation),
  permissionType: permissions.number(filter.permission),
  ...(filter.name === undefined ? {} : { resourceName: filter.name }),
  ...(filter.principal === undefined ? {} : { principal: filter.principal }),
  ...(filter.host === undefined ? {} : { host: filter.host })
})

export const namedAcl = (acl: AclEntry): Acl => ({
  resource: resources.name(acl.resourceType),
  name: acl.resourceName,
  pattern: patterns.name(acl.resourcePatternType) === 'PREFIXED' ? 'PREFIXED' : 'LITERAL',
  principal: acl.principal,
  host: acl.host,
  operation: operations.name(acl.operation),
  permission: permissions.name(acl.permissionType)
})
