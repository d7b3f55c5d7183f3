//! What an error speaks of: the words that its sentence takes from a request.

/// A request, or a resource that is being made.
pub struct Subject<'a> {
    pub method: &'a str,
    /// A path, or the id of a resource, in its own case.
    pub path: &'a str,
    pub location: &'a str,
}

impl Subject<'_> {
    /// Puts its words where `text` has their names in braces.
    pub fn fill(&self, text: &str) -> String {
        let (resource_type, name) = self.behind_provider();
        text.replace("{path}", self.path)
            .replace("{scope}", self.path)
            .replace("{action}", &self.action(&resource_type))
            .replace("{type}", &resource_type)
            .replace("{name}", &name)
            .replace(
                "{location}",
                if self.location.is_empty() {
                    "westeurope"
                } else {
                    self.location
                },
            )
    }

    /// `Microsoft.EventHub/namespaces/write`
    fn action(&self, resource_type: &str) -> String {
        let verb = match self.method {
            "GET" | "HEAD" => "read",
            "DELETE" => "delete",
            "POST" => "action",
            _ => "write",
        };
        format!("{resource_type}/{verb}")
    }

    /// The type that the path names, and the names along it.
    fn behind_provider(&self) -> (String, String) {
        let segments: Vec<&str> = self.path.split('/').filter(|one| !one.is_empty()).collect();
        let provider = segments
            .iter()
            .rposition(|one| one.eq_ignore_ascii_case("providers"));
        let Some((namespace, rest)) = provider.and_then(|at| segments[at + 1..].split_first()) else {
            let kind = if segments.len() > 2 {
                "Microsoft.Resources/subscriptions/resourcegroups"
            } else {
                "Microsoft.Resources/subscriptions"
            };
            return (kind.to_owned(), (*segments.last().unwrap_or(&"")).to_owned());
        };
        let types: Vec<&str> = rest.iter().step_by(2).copied().collect();
        let names: Vec<&str> = rest.iter().skip(1).step_by(2).copied().collect();
        (format!("{namespace}/{}", types.join("/")), names.join("/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_named_as_azure_names_it() {
        let hub = Subject {
            method: "PUT",
            path: "/subscriptions/s/resourceGroups/g/providers/Microsoft.EventHub/namespaces/n/eventhubs/h",
            location: "",
        };
        assert_eq!(
            hub.fill("{action} {name}"),
            "Microsoft.EventHub/namespaces/eventhubs/write n/h"
        );
        let group = Subject {
            method: "GET",
            path: "/subscriptions/s/resourcegroups/g",
            location: "",
        };
        assert_eq!(
            group.fill("{action}"),
            "Microsoft.Resources/subscriptions/resourcegroups/read"
        );
    }
}
