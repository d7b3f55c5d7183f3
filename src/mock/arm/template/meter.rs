//! What keeps an evaluation finite: a budget of steps, a depth, and a size that no value may pass.
//!
//! Lambdas and variables that double each other would otherwise run, or grow, for ever. The meter also notes whether
//! a secret was read, so that whoever stores a value knows not to.

use std::cell::{Cell, RefCell};

use serde_json::Value;

/// Our own limits; Azure has such limits too but does not publish them.
const STEPS: u64 = 4_000_000;
const DEEPEST: u32 = 160;
const DEEPEST_VALUE: usize = 100;
/// Source: Azure Resource Manager, template limits: 4 MB after expansion.
const HEAVIEST: usize = 4 << 20;

/// The budget of one evaluation, shared by everything it calls.
#[derive(Debug)]
pub struct Meter {
    steps: Cell<u64>,
    depth: Cell<u32>,
    secret: Cell<bool>,
    /// The variables being evaluated, to find those that need themselves.
    visiting: RefCell<Vec<String>>,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            steps: Cell::new(STEPS),
            depth: Cell::new(0),
            secret: Cell::new(false),
            visiting: RefCell::default(),
        }
    }
}

impl Meter {
    /// Runs `work` one level deeper.
    pub fn deeper<T, E>(
        &self,
        refuse: impl Fn(String) -> E,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.spend(1).map_err(&refuse)?;
        if self.depth.get() >= DEEPEST {
            return Err(refuse(format!("the evaluation is deeper than {DEEPEST} levels")));
        }
        self.depth.set(self.depth.get() + 1);
        let outcome = work();
        self.depth.set(self.depth.get() - 1);
        outcome
    }

    /// Accepts a value that a function made, if it is neither too large nor too deep.
    pub fn weigh(&self, value: Value) -> Result<Value, String> {
        let weight = weight(&value, DEEPEST_VALUE).ok_or("a value is nested too deep")?;
        if weight > HEAVIEST {
            return Err(format!(
                "a value of {weight} bytes is above the limit of {HEAVIEST}"
            ));
        }
        self.spend(weight as u64 / 32)?;
        Ok(value)
    }

    fn spend(&self, cost: u64) -> Result<(), String> {
        let left = self.steps.get().checked_sub(cost);
        self.steps.set(left.unwrap_or(0));
        left.map(|_| ())
            .ok_or_else(|| format!("the evaluation takes more than {STEPS} steps"))
    }

    /// Notes that a secret went into the value at hand.
    pub fn taint(&self) {
        self.secret.set(true);
    }

    /// Runs `work` and tells beside its result whether it read a secret. What was noted before is kept.
    pub fn watch<T>(&self, work: impl FnOnce() -> T) -> (T, bool) {
        let before = self.secret.replace(false);
        let result = work();
        let secret = self.secret.get();
        self.secret.set(before || secret);
        (result, secret)
    }

    /// Notes that the variable `name` is being evaluated; `false` when it already was.
    pub fn enter(&self, name: &str) -> bool {
        let mut visiting = self.visiting.borrow_mut();
        let fresh = !visiting.iter().any(|other| other == name);
        if fresh {
            visiting.push(name.to_owned());
        }
        fresh
    }

    pub fn leave(&self) {
        self.visiting.borrow_mut().pop();
    }
}

/// Roughly how many bytes a value takes; `None` when it is deeper than `depth`.
fn weight(value: &Value, depth: usize) -> Option<usize> {
    let below = depth.checked_sub(1)?;
    match value {
        Value::String(text) => Some(text.len() + 8),
        Value::Array(items) => items
            .iter()
            .try_fold(8, |sum, item| Some(sum + weight(item, below)?)),
        Value::Object(fields) => fields
            .iter()
            .try_fold(8, |sum, (key, item)| Some(sum + key.len() + weight(item, below)?)),
        _ => Some(8),
    }
}
