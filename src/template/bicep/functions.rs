//! The functions that Bicep keeps as calls: their spelling, and the namespace that a name clash asks for.

/// Functions of the namespace `az`; the others are of `sys`.
const AZ: &[&str] = &[
    "deployer",
    "deployment",
    "environment",
    "extensionResourceId",
    "getSecret",
    "managementGroup",
    "managementGroupResourceId",
    "pickZones",
    "providers",
    "reference",
    "references",
    "resourceGroup",
    "resourceId",
    "subscription",
    "subscriptionResourceId",
    "tenant",
    "tenantResourceId",
    "toLogicalZone",
    "toLogicalZones",
    "toPhysicalZone",
    "toPhysicalZones",
    "listAccountSas",
    "listAdminKeys",
    "listCallbackUrl",
    "listConnectionStrings",
    "listCredentials",
    "listKeys",
    "listKeyValue",
    "listPackage",
    "listQueryKeys",
    "listSas",
    "listSecrets",
    "listServiceSas",
    "listSyncFunctionTriggerStatus",
    "listClusterUserCredential",
    "listClusterAdminCredential",
];

const SYS: &[&str] = &[
    "array",
    "base64",
    "base64ToJson",
    "base64ToString",
    "bool",
    "buildUri",
    "cidrHost",
    "cidrSubnet",
    "concat",
    "contains",
    "dataUri",
    "dataUriToString",
    "dateTimeAdd",
    "dateTimeFromEpoch",
    "dateTimeToEpoch",
    "empty",
    "endsWith",
    "fail",
    "filter",
    "first",
    "flatten",
    "format",
    "groupBy",
    "guid",
    "indexOf",
    "int",
    "intersection",
    "items",
    "join",
    "json",
    "last",
    "lastIndexOf",
    "length",
    "map",
    "mapValues",
    "max",
    "min",
    "newGuid",
    "objectKeys",
    "padLeft",
    "parseCidr",
    "parseUri",
    "range",
    "reduce",
    "replace",
    "shallowMerge",
    "skip",
    "sort",
    "split",
    "startsWith",
    "string",
    "substring",
    "take",
    "toLower",
    "toObject",
    "toUpper",
    "trim",
    "union",
    "uniqueString",
    "uri",
    "uriComponent",
    "uriComponentToString",
    "utcNow",
];

/// How Bicep spells `function`; one that is not known keeps its spelling.
pub fn spelling(function: &str) -> String {
    let known = AZ
        .iter()
        .chain(SYS)
        .find(|known| known.eq_ignore_ascii_case(function));
    match known {
        Some(known) => (*known).to_owned(),
        None if function.to_ascii_lowercase().starts_with("list") => format!("list{}", &function[4..]),
        None => function.to_owned(),
    }
}

/// `function` with its namespace.
pub fn qualified(function: &str) -> String {
    let namespace = if AZ.contains(&function) || function.starts_with("list") {
        "az"
    } else {
        "sys"
    };
    format!("{namespace}.{function}")
}

pub fn is_known(name: &str) -> bool {
    AZ.iter().chain(SYS).any(|known| known.eq_ignore_ascii_case(name))
}
