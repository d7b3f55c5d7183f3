//! Finding a resource of the file by what an expression calls it.

use serde_json::Value;

use crate::model::expression::Expression;

use super::declared::Declared;
use super::json::member;
use super::pieces::{Piece, segments};
use super::table::{Found, Level, Resource, Table};
use super::target::{Place, Target};
use super::unify::Unifier;

impl Table {
    /// The one resource that `target` names; `None` if several could be meant.
    pub fn find_one(&self, target: &Target) -> Option<Found> {
        let mut found = self.find(target).into_iter();
        found.next().filter(|_| found.next().is_none())
    }

    /// Every resource that `target` could name: two with exclusive conditions may share an id.
    pub fn find(&self, target: &Target) -> Vec<Found> {
        let candidates = self.resources.iter().enumerate();
        candidates
            .filter_map(|(at, resource)| self.match_one(at, &resource.declared, target))
            .collect()
    }

    fn match_one(&self, at: usize, declared: &Declared, target: &Target) -> Option<Found> {
        let same_type = declared.resource_type.eq_ignore_ascii_case(&target.resource_type);
        if !same_type || !(declared.nested.is_some() || self.same_place(&declared.place, &target.place)) {
            return None;
        }
        let mut unifier = Unifier::new(&self.expansions);
        let same_base = match (&declared.base, target.base.as_deref()) {
            (None, None) => true,
            (Some(own), Some(other)) => {
                own.resource_type.eq_ignore_ascii_case(&other.resource_type)
                    && unifier.segments(&own.names, &other.names)
            }
            _ => false,
        };
        let same = same_base && unifier.segments(&declared.names, &target.names);
        same.then(|| Found {
            resource: at,
            element: self.element(at, unifier.element()),
        })
    }

    /// Which element of a loop; a resource outside any loop has none.
    fn element(&self, at: usize, element: Option<Expression>) -> Option<Expression> {
        let looping = member(&self.resources[at].declared.body, "copy").is_some_and(|copy| !copy.is_null());
        element.filter(|_| looping)
    }

    fn same_place(&self, one: &Place, other: &Place) -> bool {
        self.is_here(one) && self.is_here(other) || one == other
    }

    fn is_here(&self, place: &Place) -> bool {
        match place {
            Place::Here => true,
            Place::Subscription(None) => self.level == Level::Subscription,
            Place::ManagementGroup(None) => self.level == Level::ManagementGroup,
            Place::Tenant => self.level == Level::Tenant,
            _ => false,
        }
    }

    /// Every resource that an expression names by id, by name alone, or by symbol.
    pub fn find_named(&self, expression: &Expression) -> Vec<Found> {
        if let Some(found) = self.by_symbol(expression) {
            return vec![found];
        }
        if let Some(target) = Target::read(&self.expansions, expression) {
            return self.find(&target);
        }
        let name = segments(&self.expansions.pieces(expression));
        let candidates = self.resources.iter().enumerate();
        candidates
            .filter_map(|(at, resource)| {
                let mut unifier = Unifier::new(&self.expansions);
                let declared = &resource.declared;
                let same = !name.is_empty() && unifier.segments(&declared.names, &name);
                same.then(|| Found {
                    resource: at,
                    element: self.element(at, unifier.element()),
                })
            })
            .collect()
    }

    /// A symbolic name, or one element of a loop by it: `hub`, `hub[3]`.
    fn by_symbol(&self, expression: &Expression) -> Option<Found> {
        let pieces = self.expansions.pieces(expression);
        let at = |symbol: &str| {
            self.resources
                .iter()
                .position(|resource| resource.declared.symbolic.as_deref() == Some(symbol))
        };
        match pieces.as_slice() {
            [Piece::Text(text)] => match text.strip_suffix(']').and_then(|text| text.split_once('[')) {
                Some((symbol, number)) => {
                    let element = Some(Expression::Integer(number.parse().ok()?));
                    Some(Found {
                        resource: at(symbol)?,
                        element,
                    })
                }
                None => Some(Found {
                    resource: at(text)?,
                    element: None,
                }),
            },
            [Piece::Text(symbol), Piece::Value(element), Piece::Text(end)] if end == "]" => Some(Found {
                resource: at(symbol.strip_suffix('[')?)?,
                element: Some(element.clone()),
            }),
            _ => None,
        }
    }

    /// The resources of the loop that is called `name`.
    pub fn find_loop(&self, name: &str) -> Vec<Found> {
        let called = |resource: &Resource| {
            let copy = member(&resource.declared.body, "copy").and_then(Value::as_object);
            let own = copy.and_then(|copy| member(copy, "name")).and_then(Value::as_str);
            own.is_some_and(|own| own.eq_ignore_ascii_case(name))
        };
        let all = self
            .resources
            .iter()
            .enumerate()
            .filter(|(_, resource)| called(resource));
        all.map(|(at, _)| Found {
            resource: at,
            element: None,
        })
        .collect()
    }
}
