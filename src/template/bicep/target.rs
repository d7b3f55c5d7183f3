//! What a resource id in an expression names: a type, the names of its segments, and where it lives.
//!
//! Reads `resourceId(…)` and its relatives, and ids spelled as text: `Microsoft.X/types/name` or `/subscriptions/…`.

use crate::model::expression::Expression;

use super::pieces::{Expansions, Piece, Segment, fixed, segments};

/// More segments than any resource id has.
const LONGEST_PATH: usize = 64;

/// The resource that an id names.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// As in `Microsoft.EventHub/namespaces/eventhubs`.
    pub resource_type: String,
    pub names: Vec<Segment>,
    /// What an extension resource extends.
    pub base: Option<Box<Target>>,
    pub place: Place,
}

/// Where a resource lives.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// The scope of the deployment itself.
    Here,
    Tenant,
    ManagementGroup(Option<Expression>),
    Subscription(Option<Expression>),
    Group {
        subscription: Option<Expression>,
        group: Expression,
    },
}

impl Target {
    /// Reads `id`, or `None` if it does not spell out what it names.
    pub fn read(expansions: &Expansions, id: &Expression) -> Option<Self> {
        Self::read_within(expansions, id, 16)
    }

    /// `depth` ends ids that variables lead in circles.
    fn read_within(expansions: &Expansions, id: &Expression, depth: usize) -> Option<Self> {
        let depth = depth.checked_sub(1)?;
        if let Some(inside) = expansions.look_into(id) {
            return Self::read_within(expansions, inside, depth);
        }
        Self::read_call(expansions, id, depth).or_else(|| Self::read_path(&segments(&expansions.pieces(id))))
    }

    fn read_call(expansions: &Expansions, id: &Expression, depth: usize) -> Option<Self> {
        let Expression::Call { name, arguments } = id else {
            return None;
        };
        if name.eq_ignore_ascii_case("extensionResourceId") {
            let (base, rest) = arguments.split_first()?;
            let mut extension = Self::from_arguments(expansions, rest, Place::Here)?;
            match Place::of_id(base) {
                Some(place) => extension.place = place,
                None => extension.base = Some(Box::new(Self::read_within(expansions, base, depth)?)),
            }
            return Some(extension);
        }
        let at = arguments
            .iter()
            .position(|a| a.as_text().is_some_and(|text| text.contains('/')))?;
        let (prefix, rest) = arguments.split_at(at);
        let place = match (name.to_ascii_lowercase().as_str(), prefix) {
            ("resourceid", []) => Place::Here,
            ("tenantresourceid", []) => Place::Tenant,
            ("subscriptionresourceid", prefix @ ([] | [_])) => Place::Subscription(prefix.first().cloned()),
            ("managementgroupresourceid", prefix @ ([] | [_])) => {
                Place::ManagementGroup(prefix.first().cloned())
            }
            ("resourceid", [group]) => Place::group(None, group),
            ("resourceid", [subscription, group]) => Place::group(Some(subscription), group),
            _ => return None,
        };
        Self::from_arguments(expansions, rest, place)
    }

    fn from_arguments(expansions: &Expansions, arguments: &[Expression], place: Place) -> Option<Self> {
        let (resource_type, names) = arguments.split_first()?;
        let names: Vec<Segment> = names
            .iter()
            .flat_map(|name| segments(&expansions.pieces(name)))
            .collect();
        let resource_type = resource_type.as_text()?.trim_matches('/').to_owned();
        (resource_type.split('/').count() == names.len() + 1).then_some(Self {
            resource_type,
            names,
            base: None,
            place,
        })
    }

    /// Reads an id that is a path, full or relative.
    pub fn read_path(path: &[Segment]) -> Option<Self> {
        let (place, rest) = Place::prefix(path).filter(|_| path.len() <= LONGEST_PATH)?;
        let (namespace, mut rest) = rest.split_first()?;
        let mut resource_type = fixed(namespace).filter(|name| name.contains('.'))?.to_owned();
        let mut names = Vec::new();
        let mut base = None;
        while let [kind, tail @ ..] = rest {
            let kind = fixed(kind)?;
            let (name, tail) = tail.split_first()?;
            if kind.eq_ignore_ascii_case("providers") {
                let outer = Self {
                    resource_type,
                    names,
                    base,
                    place: place.clone(),
                };
                base = Some(Box::new(outer));
                (resource_type, names) = (fixed(name)?.to_owned(), Vec::new());
            } else {
                resource_type.push('/');
                resource_type.push_str(kind);
                names.push(name.clone());
            }
            rest = tail;
        }
        (!names.is_empty()).then_some(Self {
            resource_type,
            names,
            base,
            place,
        })
    }
}

impl Place {
    fn group(subscription: Option<&Expression>, group: &Expression) -> Self {
        let own_subscription = subscription.is_none_or(|s| is_path_of(s, "subscription", "subscriptionId"));
        if own_subscription && is_path_of(group, "resourceGroup", "name") {
            return Self::Here;
        }
        let subscription = subscription.filter(|_| !own_subscription).cloned();
        Self::Group {
            subscription,
            group: group.clone(),
        }
    }

    /// The scope that an id names, if it names one rather than a resource: `subscription().id`, `/`, ….
    pub fn of_id(id: &Expression) -> Option<Self> {
        if is_path_of(id, "resourceGroup", "id") {
            return Some(Self::Here);
        }
        if is_path_of(id, "subscription", "id") {
            return Some(Self::Subscription(None));
        }
        if is_path_of(id, "managementGroup", "id") {
            return Some(Self::ManagementGroup(None));
        }
        if matches!(id.as_text(), Some("/")) || id.arguments_of("tenant").is_some() {
            return Some(Self::Tenant);
        }
        let path = segments(&Expansions::default().pieces(id));
        match Self::prefix(&path)? {
            (place, []) => Some(place),
            _ => None,
        }
    }

    /// Splits a path into where it leads and what follows `providers`.
    fn prefix(path: &[Segment]) -> Option<(Self, &[Segment])> {
        let word = |at: usize, wanted: &str| {
            path.get(at)
                .and_then(|segment| fixed(segment))
                .is_some_and(|text| text.eq_ignore_ascii_case(wanted))
        };
        let value = |at: usize| path.get(at).map(|segment| super::pieces::expression_of(segment));
        let (place, used) = match path.first().map(Vec::as_slice) {
            Some([Piece::Value(id)]) if is_path_of(id, "resourceGroup", "id") => (Self::Here, 1),
            Some([Piece::Value(id)]) if is_path_of(id, "subscription", "id") && word(1, "resourceGroups") => {
                (Self::group(None, &value(2)?), 3)
            }
            Some([Piece::Value(id)]) if is_path_of(id, "subscription", "id") => (Self::Subscription(None), 1),
            _ if word(0, "subscriptions") && word(2, "resourceGroups") => {
                (Self::group(Some(&value(1)?), &value(3)?), 4)
            }
            _ if word(0, "subscriptions") => (Self::Subscription(Some(value(1)?)), 2),
            _ if word(0, "Microsoft.Management") && word(1, "managementGroups") && path.len() == 3 => {
                return Some((Self::ManagementGroup(Some(value(2)?)), &[]));
            }
            _ if word(0, "providers") => (Self::Tenant, 0),
            _ => return Some((Self::Here, path)),
        };
        match &path[used.min(path.len())..] {
            [] => Some((place, &[])),
            [providers, rest @ ..]
                if fixed(providers).is_some_and(|p| p.eq_ignore_ascii_case("providers")) =>
            {
                Some((place, rest))
            }
            _ => None,
        }
    }
}

/// Tells whether `expression` is `function().property`.
fn is_path_of(expression: &Expression, function: &str, property: &str) -> bool {
    let (of, name) = match expression {
        Expression::Property { of, name } => (of, name.as_str()),
        Expression::Index { of, index } => (of, index.as_text().unwrap_or_default()),
        _ => return false,
    };
    name.eq_ignore_ascii_case(property) && of.arguments_of(function).is_some_and(<[_]>::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::expression::parse;

    fn read(text: &str) -> Target {
        Target::read(&Expansions::default(), &parse(text).unwrap()).unwrap()
    }

    #[test]
    fn every_spelling_of_an_id_names_the_same_resource() {
        let hub = read("[resourceId('Microsoft.EventHub/namespaces/eventhubs', parameters('ns'), 'orders')]");
        assert_eq!(hub.names.len(), 2);
        for spelling in [
            "[resourceId(resourceGroup().name, 'Microsoft.EventHub/namespaces/eventhubs', parameters('ns'), 'orders')]",
            "[concat('Microsoft.EventHub/namespaces/', parameters('ns'), '/eventhubs/orders')]",
            "[format('{0}/providers/Microsoft.EventHub/namespaces/{1}/eventhubs/orders', resourceGroup().id, parameters('ns'))]",
            "[concat('/subscriptions/', subscription().subscriptionId, '/resourceGroups/', resourceGroup().name, '/providers/Microsoft.EventHub/namespaces/', parameters('ns'), '/eventhubs/orders')]",
        ] {
            assert_eq!(read(spelling), hub, "{spelling}");
        }
    }

    #[test]
    fn an_extension_knows_what_it_extends_and_where() {
        let role = read(
            "[extensionResourceId(resourceId('shared', 'Microsoft.Storage/storageAccounts', 'a'), 'Microsoft.Authorization/roleAssignments', 'r')]",
        );
        let base = role.base.unwrap();
        assert_eq!(base.resource_type, "Microsoft.Storage/storageAccounts");
        assert!(matches!(
            base.place,
            Place::Group {
                subscription: None,
                ..
            }
        ));
    }
}
