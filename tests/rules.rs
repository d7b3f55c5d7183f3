//! The rules that every template of ours keeps, held against what the examples render to.
//!
//! Source: the rules for templates of Azure's own linters (arm-ttk, PSRule for Azure) that apply here, and Kafka's.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may fail by panicking, in its helpers too"
)]

use std::path::{Path, PathBuf};

use serde_json::Value;

/// A rendered template with its parameters.
struct Rendered {
    path: PathBuf,
    template: Value,
    parameters: Value,
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn below(folder: &Path, found: &mut Vec<Rendered>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            below(&path, found);
        } else if path.file_name().is_some_and(|name| name == "azuredeploy.json") {
            found.push(Rendered {
                template: read(&path),
                parameters: read(&path.with_file_name("azuredeploy.parameters.json")),
                path,
            });
        }
    }
}

fn all() -> Vec<Rendered> {
    let mut found = Vec::new();
    below(
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/templates")),
        &mut found,
    );
    assert!(found.len() > 20, "{} templates", found.len());
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

/// Every resource, those of deployments inside too.
fn resources(template: &Value) -> Vec<&Value> {
    let mut all = Vec::new();
    for resource in template["resources"].as_array().into_iter().flatten() {
        all.push(resource);
        if let Some(inner) = resource.pointer("/properties/template") {
            all.extend(resources(inner));
        }
    }
    all
}

/// Runs `rule` over every resource of every template; it says what is wrong. There must be some whose type ends in one
/// of `kinds`, so that a rule which finds nothing to look at is none.
fn each(kinds: &[&str], rule: impl Fn(&Rendered, &str, &Value) -> Option<String>) {
    for wanted in kinds {
        let is_it = |one: &&Value| one["type"].as_str().unwrap().ends_with(wanted);
        let found = all()
            .iter()
            .any(|rendered| resources(&rendered.template).iter().any(is_it));
        assert!(found, "no template makes a {wanted}");
    }
    let mut wrong = Vec::new();
    for rendered in all() {
        for resource in resources(&rendered.template) {
            let kind = resource["type"].as_str().unwrap();
            if let Some(reason) = rule(&rendered, kind, resource) {
                wrong.push(format!(
                    "{}: {kind} {}: {reason}",
                    rendered.path.display(),
                    resource["name"]
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The value behind a bare `[parameters('x')]`, or the value itself.
fn looked_up<'a>(rendered: &'a Rendered, value: &'a Value) -> &'a Value {
    let name = value
        .as_str()
        .and_then(|text| text.strip_prefix("[parameters('")?.strip_suffix("')]"));
    match name {
        Some(name) => &rendered.parameters["parameters"][name]["value"],
        None => value,
    }
}

#[test]
fn a_template_says_what_it_is_and_who_rendered_it() {
    for rendered in all() {
        let template = &rendered.template;
        let schema = template["$schema"].as_str().unwrap();
        assert!(schema.contains("2019-04-01/deploymentTemplate.json"), "{schema}");
        assert!(
            template["contentVersion"].is_string(),
            "{}",
            rendered.path.display()
        );
        assert_eq!(
            template["metadata"]["renderedBy"],
            "landfall",
            "{}",
            rendered.path.display()
        );
    }
}

#[test]
fn secrets_are_secure_parameters_and_leave_in_no_output() {
    for rendered in all() {
        let path = rendered.path.display();
        let secure: Vec<&String> = rendered.template["parameters"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(_, declared)| {
                declared["type"]
                    .as_str()
                    .unwrap()
                    .to_lowercase()
                    .starts_with("secure")
            })
            .map(|(name, _)| name)
            .collect();
        for (name, declared) in rendered.template["parameters"].as_object().unwrap() {
            let sounds_secret = ["password", "token", "secret"]
                .iter()
                .any(|word| name.to_lowercase().ends_with(word));
            assert!(
                !sounds_secret || secure.contains(&name),
                "{path}: {name} is a {}",
                declared["type"]
            );
        }
        let outputs = rendered.template["outputs"].to_string().to_lowercase();
        assert!(!outputs.contains("listkeys("), "{path}");
        let data = resources(&rendered.template)
            .iter()
            .map(|resource| resource.pointer("/properties/osProfile/customData"))
            .chain(
                resources(&rendered.template)
                    .iter()
                    .map(|one| one.pointer("/properties/userData")),
            )
            .flatten()
            .map(Value::to_string)
            .collect::<String>();
        for name in secure {
            let used = format!("parameters('{name}')").to_lowercase();
            assert!(!outputs.contains(&used), "{path}: the output gives {name} away");
            assert!(
                !data.to_lowercase().contains(&used),
                "{path}: {name} is in the data of machines"
            );
            let given = &rendered.parameters["parameters"][name.as_str()];
            assert!(
                given["value"].is_null(),
                "{path}: {name} is in the parameters file"
            );
        }
    }
}

#[test]
fn places_are_parameters_and_what_has_a_place_has_tags() {
    // They have a place, and take no tags.
    let without = ["Microsoft.Insights/diagnosticSettings"];
    each(&["/namespaces"], |_, kind, resource| {
        let location = resource.get("location")?.as_str()?;
        if location != "global" && !location.starts_with("[parameters(") {
            return Some(format!("its location is `{location}`"));
        }
        let tagged = resource.get("tags").is_some() || without.contains(&kind);
        (!tagged).then(|| "has no tags".to_owned())
    });
}

#[test]
fn a_second_deployment_makes_the_same() {
    for rendered in all() {
        let text = rendered.template.to_string().to_lowercase();
        for changing in ["newguid(", "utcnow("] {
            assert!(
                !text.contains(changing),
                "{}: {changing}",
                rendered.path.display()
            );
        }
    }
    each(&["/roleAssignments"], |rendered, kind, resource| {
        if !kind.to_lowercase().ends_with("roleassignments") {
            return None;
        }
        let name = resource["name"].as_str().unwrap();
        let variable = name
            .strip_prefix("[variables('")
            .and_then(|rest| rest.strip_suffix("')]"))
            .and_then(|name| rendered.template["variables"][name].as_str());
        let name = variable.unwrap_or(name);
        let given = name.contains("parameters(") || name.contains("variables(");
        (!name.contains("guid(") && !given).then(|| format!("its name is `{name}`"))
    });
}

#[test]
fn what_keeps_records_can_be_locked() {
    let folders = [
        "targets/event-hubs",
        "targets/vm",
        "targets/hdinsight",
        "targets/aks",
        "targets/confluent",
    ];
    for folder in folders
        .into_iter()
        .chain(["addons/capture", "addons/cosmos-db", "addons/synapse"])
    {
        let path = format!(
            "{}/templates/{folder}/parameters.schema.json",
            env!("CARGO_MANIFEST_DIR")
        );
        let lock = &read(Path::new(&path))["properties"]["lock"];
        assert_eq!(lock["type"], "boolean", "{folder} has no `lock`");
    }
}

#[test]
fn machines_take_no_password() {
    each(&["/virtualMachines"], |_, kind, resource| {
        if !kind.to_lowercase().ends_with("/virtualmachines") && !kind.ends_with("/virtualMachineScaleSets") {
            return None;
        }
        let profile = resource
            .pointer("/properties/osProfile")
            .or_else(|| resource.pointer("/properties/virtualMachineProfile/osProfile"))?;
        let refused =
            profile.pointer("/linuxConfiguration/disablePasswordAuthentication") == Some(&Value::Bool(true));
        (profile.get("adminPassword").is_some() || !refused).then(|| "a password may sign in".to_owned())
    });
}

#[test]
fn nobody_from_everywhere_reaches_brokers_or_shells() {
    each(&["/networkSecurityGroups"], |rendered, kind, resource| {
        let rules: Vec<&Value> = match kind {
            "Microsoft.Network/networkSecurityGroups" => {
                let rules = looked_up(rendered, resource.pointer("/properties/securityRules")?);
                if !rules.is_array() {
                    return Some(format!("its rules cannot be read: {rules}"));
                }
                rules
                    .as_array()?
                    .iter()
                    .filter_map(|rule| rule.get("properties"))
                    .collect()
            }
            "Microsoft.Network/networkSecurityGroups/securityRules" => vec![resource.get("properties")?],
            _ => return None,
        };
        let open = rules.into_iter().find(|rule| {
            let from = looked_up(rendered, &rule["sourceAddressPrefix"])
                .as_str()
                .unwrap_or_default();
            let allows = rule["access"] == "Allow" && rule["direction"] == "Inbound";
            let ports = format!(
                "{}{}",
                rule["destinationPortRange"], rule["destinationPortRanges"]
            );
            let guarded = ["9092", "9093", "9094", "\"22\"", "\"*\""]
                .iter()
                .any(|port| ports.contains(port));
            allows && guarded && ["*", "Internet", "0.0.0.0/0"].contains(&from)
        });
        open.map(|rule| format!("open to everybody: {rule}"))
    });
}

#[test]
fn nothing_speaks_less_than_tls_1_2() {
    let asked = [
        (
            "Microsoft.Storage/storageAccounts",
            "/properties/minimumTlsVersion",
            &["TLS1_2", "TLS1_3"][..],
        ),
        (
            "Microsoft.EventHub/namespaces",
            "/properties/minimumTlsVersion",
            &["1.2", "1.3"],
        ),
        (
            "Microsoft.DocumentDB/databaseAccounts",
            "/properties/minimalTlsVersion",
            &["Tls12", "Tls13"],
        ),
        (
            "Microsoft.HDInsight/clusters",
            "/properties/minSupportedTlsVersion",
            &["1.2", "1.3"],
        ),
    ];
    each(
        &[
            "/storageAccounts",
            "EventHub/namespaces",
            "/databaseAccounts",
            "HDInsight/clusters",
        ],
        |rendered, kind, resource| {
            let (_, pointer, enough) = asked.iter().find(|(asked, ..)| *asked == kind)?;
            let value = resource
                .pointer(pointer)
                .map_or(&Value::Null, |value| looked_up(rendered, value));
            let fits = value.as_str().is_some_and(|value| enough.contains(&value));
            (!fits).then(|| format!("{pointer} is {value}"))
        },
    );
}

#[test]
fn keys_can_be_switched_off_where_identities_do() {
    let asked = [
        ("Microsoft.EventHub/namespaces", "/properties/disableLocalAuth"),
        (
            "Microsoft.DocumentDB/databaseAccounts",
            "/properties/disableLocalAuth",
        ),
        (
            "Microsoft.Storage/storageAccounts",
            "/properties/allowSharedKeyAccess",
        ),
    ];
    each(
        &["/storageAccounts", "EventHub/namespaces", "/databaseAccounts"],
        |_, kind, resource| {
            let (_, pointer) = asked.iter().find(|(asked, _)| *asked == kind)?;
            resource
                .pointer(pointer)
                .is_none()
                .then(|| format!("{pointer} is left to the service"))
        },
    );
}

#[test]
fn records_have_three_copies_where_we_run_the_brokers() {
    let templates = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/targets");
    for (file, line) in [
        ("vm/golden/controller.properties", "default.replication.factor=3"),
        (
            "vm/golden/broker.properties",
            "offsets.topic.replication.factor=3",
        ),
        (
            "aks/golden/kubernetes/kafka/kafka.yaml",
            "default.replication.factor: 3",
        ),
        (
            "hdinsight/golden/azuredeploy.parameters.json",
            "\"default.replication.factor\": \"3\"",
        ),
    ] {
        let text = std::fs::read_to_string(format!("{templates}/{file}")).unwrap();
        assert!(text.contains(line), "{file} lacks `{line}`");
    }
}
